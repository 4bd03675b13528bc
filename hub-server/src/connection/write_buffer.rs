//! Bytes on their way into the transport: many messages, one write.

use std::cell::Cell;
use std::mem;

use hub_core::serialized::EncodedMessage;
use hub_core::websocket::{FrameHeader, MessageKind};
use hub_core::{EncodeError, TransferFormat};

use crate::dispatch::ReplySink;

/// How a transport marks where one message for the peer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// One WebSocket frame for each message.
    WebSocket,
    /// One event for each message.
    ServerSentEvents,
    /// The hub protocol's own framing is enough.
    None,
}

const EVENT_HEAD: &[u8] = b"data: ";
const LINE_END: &[u8] = b"\r\n";

fn is_line_break(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Above this no further output is produced until some has been written.
pub(crate) const HIGH_WATER: usize = 64 * 1024;

/// A buffer that is kept for the next connection's output when it is empty.
const KEPT_CAPACITY: usize = 2 * HIGH_WATER;

thread_local! {
    /// Idle connections own no buffer; the busy one takes this.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Framed output that has not been written yet.
pub(crate) struct WriteBuffer {
    bytes: Vec<u8>,
    written: usize,
    framing: Framing,
    format: TransferFormat,
}

impl WriteBuffer {
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            bytes: Vec::new(),
            written: 0,
            framing,
            format: TransferFormat::Text,
        }
    }

    /// Sets the format of messages that are framed from now on.
    pub(crate) fn set_format(&mut self, format: TransferFormat) {
        self.format = format;
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() < HIGH_WATER
    }

    /// What is to be written next.
    pub(crate) fn unwritten(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Notes that the transport took `count` bytes.
    pub(crate) fn advance(&mut self, count: usize) {
        self.written += count;
        if self.is_empty() {
            self.written = 0;
            self.bytes.clear();
        } else if self.written >= HIGH_WATER && self.written >= self.len() {
            // A peer that never takes everything must not keep what it took.
            // What moves is no more than what went out since the last time.
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }

    /// Drops what has not been written.
    pub(crate) fn clear(&mut self) {
        self.advance(self.len());
    }

    /// Appends a message that is already framed for sharing.
    pub(crate) fn shared(&mut self, message: &EncodedMessage) {
        self.reserve();
        match self.framing {
            Framing::WebSocket => self.bytes.extend_from_slice(message.websocket_frame()),
            Framing::ServerSentEvents => self.event(message.payload()),
            Framing::None => self.bytes.extend_from_slice(message.payload()),
        }
    }

    /// Appends a message of another format than the agreed one, such as a
    /// handshake response.
    pub(crate) fn record(&mut self, record: &[u8], format: TransferFormat) {
        let agreed = mem::replace(&mut self.format, format);
        let written = self.message(&mut |out| {
            out.extend_from_slice(record);
            Ok(())
        });
        self.format = agreed;
        written.expect("copying bytes cannot fail");
    }

    /// Appends bytes that need no framing: a frame of the transport's own, or
    /// messages that were framed elsewhere.
    pub(crate) fn framed(&mut self, bytes: &[u8]) {
        self.reserve();
        self.bytes.extend_from_slice(bytes);
    }

    /// Gives the memory back when nothing is left to be written.
    pub(crate) fn rest(&mut self) {
        if self.bytes.is_empty() && self.bytes.capacity() > 0 {
            let bytes = mem::take(&mut self.bytes);
            if bytes.capacity() <= KEPT_CAPACITY {
                SPARE.set(bytes);
            }
        }
    }

    fn reserve(&mut self) {
        if self.bytes.capacity() == 0 {
            self.bytes = SPARE.take();
        }
    }
}

/// Most messages fit a frame with this short a head.
const SHORT_HEAD: usize = 2;

impl ReplySink for WriteBuffer {
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.reserve();
        let start = self.bytes.len();
        let gap = match self.framing {
            Framing::WebSocket => &[0; SHORT_HEAD],
            Framing::ServerSentEvents => EVENT_HEAD,
            Framing::None => &[],
        };
        self.bytes.extend_from_slice(gap);
        let message = Unfinished {
            bytes: &mut self.bytes,
            start,
        };
        write(message.bytes)?;
        message.finish();
        match self.framing {
            Framing::WebSocket => self.put_frame_head(start),
            Framing::ServerSentEvents => self.end_event(start),
            Framing::None => {}
        }
        Ok(())
    }
}

/// A message that is being written. Taken back when that fails, or panics in
/// the application's code: half a message would spoil all that follow.
struct Unfinished<'b> {
    bytes: &'b mut Vec<u8>,
    start: usize,
}

impl Unfinished<'_> {
    fn finish(mut self) {
        self.start = self.bytes.len();
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.start);
    }
}

impl WriteBuffer {
    /// A line break inside a message begins another line of its data: receivers
    /// join them again.
    fn event(&mut self, message: &[u8]) {
        let mut rest = Some(message);
        while let Some(lines) = rest {
            let end = lines.iter().position(is_line_break);
            self.bytes.extend_from_slice(EVENT_HEAD);
            self.bytes
                .extend_from_slice(&lines[..end.unwrap_or(lines.len())]);
            self.bytes.extend_from_slice(LINE_END);
            // CR and LF together are one break.
            rest = end.map(|end| {
                let rest = &lines[end..];
                rest.strip_prefix(LINE_END).unwrap_or(&rest[1..])
            });
        }
        self.bytes.extend_from_slice(LINE_END);
    }

    /// The same for one that stands in the buffer after its head. Only values
    /// that are passed on as they came have line breaks.
    fn end_event(&mut self, start: usize) {
        let message = start + EVENT_HEAD.len();
        if !self.bytes[message..].iter().any(is_line_break) {
            self.bytes.extend_from_slice(LINE_END);
            self.bytes.extend_from_slice(LINE_END);
            return;
        }
        let message = self.bytes.split_off(message);
        self.bytes.truncate(start);
        self.event(&message);
    }

    /// Puts the head in front of a payload that follows a gap at `start`.
    fn put_frame_head(&mut self, start: usize) {
        let payload = start + SHORT_HEAD;
        let kind = MessageKind::from(self.format);
        let head = FrameHeader::new(kind.into(), self.bytes.len() - payload).encode();
        if head.len() > SHORT_HEAD {
            let end = self.bytes.len();
            self.bytes.resize(end + head.len() - SHORT_HEAD, 0);
            self.bytes.copy_within(payload..end, start + head.len());
        }
        self.bytes[start..start + head.len()].copy_from_slice(&head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_not_kept() {
        let mut buffer = WriteBuffer::new(Framing::None);
        for _ in 0..1_000 {
            buffer.framed(&[0; HIGH_WATER / 4]);
            // A reader that always leaves a byte.
            buffer.advance(buffer.len() - 1);
        }
        assert_eq!(buffer.len(), 1);
        assert!(buffer.bytes.capacity() <= 4 * HIGH_WATER);
    }

    #[test]
    fn the_order_of_the_bytes_survives_reclaiming() {
        let mut buffer = WriteBuffer::new(Framing::None);
        let (mut next, mut expected) = (0_u32, 0_u32);
        while expected < 200_000 {
            while buffer.has_room() {
                buffer.framed(&next.to_le_bytes());
                next += 1;
            }
            for _ in 0..1_000 {
                assert_eq!(buffer.unwritten()[..4], expected.to_le_bytes());
                buffer.advance(4);
                expected += 1;
            }
        }
    }
}
