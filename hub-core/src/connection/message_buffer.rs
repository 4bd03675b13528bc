//! The bookkeeping of stateful reconnect: which messages the peer may have
//! missed, and which of the peer's we have seen.
//!
//! Every trackable message has an id: its position, counted from 1, in its
//! direction. Ids are never written but in Ack and Sequence.

use std::collections::VecDeque;
use std::collections::vec_deque;

use bytes::Bytes;

use crate::DecodeError;

/// The position of a trackable message in its direction, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceId(u64);

impl SequenceId {
    const FIRST: Self = Self(1);

    /// The id with this number on the wire.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Saturates, since a peer may name the last of all numbers.
    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The messages that were sent and that the peer has not acknowledged.
///
/// Holds shared bytes: a broadcast that waits in many buffers exists once.
/// When it is [full](Self::is_full), drivers stop sending until an Ack comes,
/// so it holds at most `limit` bytes and one message more.
#[derive(Debug)]
pub struct MessageBuffer {
    limit: usize,
    /// The sum of the lengths of `records`.
    bytes: usize,
    /// The id of the front of `records`, or of the next message to be sent.
    first: SequenceId,
    records: VecDeque<Bytes>,
}

impl MessageBuffer {
    /// The reference's limit in bytes.
    pub const DEFAULT_LIMIT: usize = 100_000;

    /// Room for the records that an empty buffer keeps.
    const KEPT_CAPACITY: usize = 16;

    /// An empty buffer that is full beyond `limit` bytes; costs no allocation.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            first: SequenceId::FIRST,
            records: VecDeque::new(),
        }
    }

    /// Counts a trackable message that is being sent and keeps its record.
    pub fn push(&mut self, record: Bytes) -> SequenceId {
        let id = self.next_id();
        self.bytes += record.len();
        self.records.push_back(record);
        id
    }

    /// Forgets every message up to `id`, and returns whether there were any.
    /// Ids that were never sent mean every message, as in the reference.
    pub fn acknowledge(&mut self, id: SequenceId) -> bool {
        let before = self.first;
        while self.first <= id
            && let Some(record) = self.records.pop_front()
        {
            self.bytes -= record.len();
            self.first = self.first.next();
        }
        if self.records.is_empty() {
            self.records.shrink_to(Self::KEPT_CAPACITY);
        }
        self.first > before
    }

    /// Whether the next message has to wait for an Ack.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes > self.limit
    }

    /// The id of the first message to be replayed; without any, the one that
    /// the next message will have. It is what Sequence announces.
    #[must_use]
    pub fn first_id(&self) -> SequenceId {
        self.first
    }

    /// The messages to be replayed, in order.
    pub fn records(&self) -> vec_deque::Iter<'_, Bytes> {
        self.records.iter()
    }

    /// The record of the message `id`, if it is kept.
    #[must_use]
    pub fn record(&self, id: SequenceId) -> Option<&Bytes> {
        let index = id.0.checked_sub(self.first.0)?;
        self.records.get(usize::try_from(index).ok()?)
    }

    /// The sum of the records' lengths.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.bytes
    }

    fn next_id(&self) -> SequenceId {
        SequenceId(self.first.0.saturating_add(self.records.len() as u64))
    }
}

/// How far the peer's trackable messages have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveCursor {
    /// What the next trackable message will be.
    next: SequenceId,
    /// The highest id that was processed.
    latest: Option<SequenceId>,
    /// Whether something arrived since the last Ack.
    owes_ack: bool,
}

impl Default for ReceiveCursor {
    fn default() -> Self {
        Self::new()
    }
}

impl ReceiveCursor {
    /// Nothing has arrived.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            next: SequenceId::FIRST,
            latest: None,
            owes_ack: false,
        }
    }

    /// Counts a trackable message and returns whether it is new. One that is
    /// not was processed before the transport was lost and is to be dropped;
    /// it is acknowledged again, since the former Ack may be lost.
    pub fn advance(&mut self) -> bool {
        let id = self.next;
        self.next = id.next();
        self.owes_ack = true;
        let is_new = Some(id) > self.latest;
        if is_new {
            self.latest = Some(id);
        }
        is_new
    }

    /// Sequence: the next trackable message will be `id`.
    ///
    /// # Errors
    /// When messages before it are missing: they are lost for good.
    pub fn reposition(&mut self, id: SequenceId) -> Result<(), DecodeError> {
        if id > self.next {
            return Err(DecodeError::new(
                "InvalidOperationException",
                "Sequence ID greater than amount of messages we've received.",
            ));
        }
        self.next = id;
        Ok(())
    }

    /// What to acknowledge, once for everything that arrived.
    pub fn take_ack(&mut self) -> Option<SequenceId> {
        if std::mem::take(&mut self.owes_ack) {
            self.latest
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> SequenceId {
        SequenceId::new(number)
    }

    fn buffer_of(records: &[&'static str]) -> MessageBuffer {
        let mut buffer = MessageBuffer::new(10);
        for record in records {
            buffer.push(Bytes::from_static(record.as_bytes()));
        }
        buffer
    }

    #[test]
    fn messages_are_counted_from_one() {
        let mut buffer = MessageBuffer::new(10);
        assert_eq!(buffer.first_id(), id(1));
        assert_eq!(buffer.push(Bytes::from_static(b"a")), id(1));
        assert_eq!(buffer.push(Bytes::from_static(b"b")), id(2));
        assert_eq!(buffer.first_id(), id(1));
    }

    #[test]
    fn an_ack_forgets_everything_up_to_its_id() {
        let mut buffer = buffer_of(&["one", "two", "three"]);
        assert!(buffer.acknowledge(id(2)));
        assert_eq!(buffer.first_id(), id(3));
        assert_eq!(buffer.buffered_bytes(), 5);
        assert_eq!(buffer.records().collect::<Vec<_>>(), ["three"]);
        assert!(!buffer.acknowledge(id(1)), "an old one changes nothing");
        assert_eq!(buffer.record(id(3)).unwrap(), "three");
        assert_eq!(buffer.record(id(2)), None);
        assert_eq!(buffer.record(id(4)), None);
    }

    #[test]
    fn an_ack_of_what_was_never_sent_forgets_everything_and_keeps_the_count() {
        let mut buffer = buffer_of(&["one", "two"]);
        assert!(buffer.acknowledge(id(u64::MAX)));
        assert_eq!(buffer.first_id(), id(3));
        assert_eq!(buffer.push(Bytes::new()), id(3));
    }

    #[test]
    fn a_buffer_is_full_beyond_its_limit() {
        let mut buffer = buffer_of(&["12345", "12345"]);
        assert!(!buffer.is_full());
        buffer.push(Bytes::from_static(b"x"));
        assert!(buffer.is_full());
        buffer.acknowledge(id(1));
        assert!(!buffer.is_full());
    }

    #[test]
    fn what_was_processed_is_not_new_again() {
        let mut cursor = ReceiveCursor::new();
        assert!(cursor.advance());
        assert!(cursor.advance());
        cursor.reposition(id(2)).unwrap();
        assert!(!cursor.advance());
        assert!(cursor.advance());
        assert_eq!(cursor.take_ack(), Some(id(3)));
    }

    #[test]
    fn a_gap_cannot_be_bridged() {
        let mut cursor = ReceiveCursor::new();
        cursor.reposition(id(1)).unwrap();
        assert!(cursor.reposition(id(2)).is_err());
        cursor.advance();
        cursor.reposition(id(2)).unwrap();
    }

    #[test]
    fn one_ack_answers_everything_that_arrived() {
        let mut cursor = ReceiveCursor::new();
        assert_eq!(cursor.take_ack(), None);
        cursor.advance();
        cursor.advance();
        assert_eq!(cursor.take_ack(), Some(id(2)));
        assert_eq!(cursor.take_ack(), None);
    }

    #[test]
    fn a_duplicate_is_acknowledged_again() {
        let mut cursor = ReceiveCursor::new();
        cursor.advance();
        assert_eq!(cursor.take_ack(), Some(id(1)));
        cursor.reposition(id(1)).unwrap();
        assert!(!cursor.advance());
        assert_eq!(cursor.take_ack(), Some(id(1)));
    }
}
