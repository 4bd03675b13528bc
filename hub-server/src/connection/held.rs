//! Messages that wait until the client acknowledges earlier ones.

use std::collections::VecDeque;

use hub_core::serialized::EncodedMessage;

/// What may not be sent while the message buffer is full, in order.
///
/// It holds what stood in the queue when the buffer filled up, and the answers
/// to what was read since. Only the latter bound reading, since the
/// acknowledgement that everything waits for has to be read.
#[derive(Default)]
pub(super) struct HeldMessages {
    queue: VecDeque<EncodedMessage>,
    bytes: usize,
    /// What of `bytes` came from the queue.
    from_queue: usize,
}

impl HeldMessages {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn push(&mut self, message: EncodedMessage) {
        self.bytes += message.len();
        self.queue.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<EncodedMessage> {
        let message = self.queue.pop_front();
        match &message {
            Some(message) => self.bytes -= message.len(),
            None => *self = Self::default(),
        }
        message
    }

    /// Notes that everything held so far came from the queue.
    pub(super) fn mark_queue(&mut self) {
        self.from_queue = self.bytes;
    }

    /// The bytes that were held since.
    pub(super) fn answer_bytes(&self) -> usize {
        self.bytes.saturating_sub(self.from_queue)
    }
}

#[cfg(test)]
mod tests {
    use hub_core::protocol::JsonProtocol;

    use super::*;

    #[test]
    fn only_answers_count_against_reading() {
        let message = EncodedMessage::encode(&JsonProtocol, |out| {
            out.extend_from_slice(b"{}\x1e");
            Ok(())
        })
        .unwrap();
        let mut held = HeldMessages::default();
        held.push(message.clone());
        held.mark_queue();
        assert_eq!(held.answer_bytes(), 0);
        held.push(message.clone());
        assert_eq!(held.answer_bytes(), message.len());
        assert!(held.pop().is_some() && held.pop().is_some());
        assert!(held.is_empty() && held.pop().is_none());
        assert_eq!(held.answer_bytes(), 0);
    }
}
