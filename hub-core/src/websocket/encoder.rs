use std::ops::Deref;

use super::mask::apply_mask;
use super::{
    CloseCode, FrameHeader, MAX_CONTROL_LEN, MAX_HEADER_LEN, MAX_REASON_LEN,
    MAX_UNMASKED_HEADER_LEN, MaskKey, MessageKind, OpCode,
};

/// A header as it goes onto the wire.
#[derive(Clone, Copy, Debug)]
pub struct EncodedHeader {
    bytes: [u8; MAX_HEADER_LEN],
    len: u8,
}

impl Deref for EncodedHeader {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl FrameHeader {
    /// The bytes of this header.
    #[must_use]
    pub fn encode(&self) -> EncodedHeader {
        let (bytes, len) = self.write();
        EncodedHeader {
            bytes,
            len: len as u8,
        }
    }

    /// Appends this header and `payload`, masked if the header has a key.
    ///
    /// # Panics
    /// In debug builds, when `payload` has another length than the header says.
    pub fn encode_with(&self, payload: &[u8], out: &mut Vec<u8>) {
        debug_assert_eq!(self.payload_len, payload.len() as u64);
        out.reserve(MAX_HEADER_LEN + payload.len());
        out.extend_from_slice(&self.encode());
        let start = out.len();
        out.extend_from_slice(payload);
        if let Some(key) = self.mask {
            apply_mask(&mut out[start..], key);
        }
    }
}

/// Puts the header of a server's whole message directly in front of a payload
/// that is there already, so that one buffer serves every receiver.
///
/// `buffer` is [`MAX_UNMASKED_HEADER_LEN`] bytes of room and then the payload.
/// Returns where the frame begins; the bytes before that are not part of it.
///
/// # Panics
/// When `buffer` is shorter than the room.
///
/// ```
/// use hub_core::websocket::{MAX_UNMASKED_HEADER_LEN, MessageKind, encode_in_gap};
///
/// let mut buffer = vec![0; MAX_UNMASKED_HEADER_LEN];
/// buffer.extend_from_slice(b"hello");
/// let start = encode_in_gap(MessageKind::Text, &mut buffer);
/// assert_eq!(&buffer[start..], b"\x81\x05hello");
/// ```
#[must_use]
pub fn encode_in_gap(kind: MessageKind, buffer: &mut [u8]) -> usize {
    let (gap, payload) = buffer.split_at_mut(MAX_UNMASKED_HEADER_LEN);
    let header = FrameHeader::new(kind.into(), payload.len()).encode();
    let start = gap.len() - header.len();
    gap[start..].copy_from_slice(&header);
    start
}

/// Appends a whole message in one frame; clients must pass a fresh `mask`.
pub fn encode_message(kind: MessageKind, payload: &[u8], mask: Option<MaskKey>, out: &mut Vec<u8>) {
    encode_frame(kind.into(), payload, mask, out);
}

/// Appends a ping. Bytes of `payload` beyond [`MAX_CONTROL_LEN`] are left out.
pub fn encode_ping(payload: &[u8], mask: Option<MaskKey>, out: &mut Vec<u8>) {
    encode_frame(OpCode::Ping, control(payload), mask, out);
}

/// Appends a pong, the answer to a ping with the same payload. Bytes of `payload`
/// beyond [`MAX_CONTROL_LEN`] are left out; a ping cannot have had them.
pub fn encode_pong(payload: &[u8], mask: Option<MaskKey>, out: &mut Vec<u8>) {
    encode_frame(OpCode::Pong, control(payload), mask, out);
}

/// Appends a close frame. A code that must not be on the wire gives a close frame
/// without content; a reason is cut at the last character that fits
/// [`MAX_REASON_LEN`].
pub fn encode_close(code: CloseCode, reason: &str, mask: Option<MaskKey>, out: &mut Vec<u8>) {
    if !code.is_sendable() {
        return encode_frame(OpCode::Close, &[], mask, out);
    }
    let reason = cut(reason, MAX_REASON_LEN);
    let mut payload = [0; MAX_CONTROL_LEN];
    let len = 2 + reason.len();
    payload[..2].copy_from_slice(&code.as_u16().to_be_bytes());
    payload[2..len].copy_from_slice(reason.as_bytes());
    encode_frame(OpCode::Close, &payload[..len], mask, out);
}

fn encode_frame(opcode: OpCode, payload: &[u8], mask: Option<MaskKey>, out: &mut Vec<u8>) {
    let header = FrameHeader {
        mask,
        ..FrameHeader::new(opcode, payload.len())
    };
    header.encode_with(payload, out);
}

/// As much of `text` as fits `max` bytes in whole characters.
fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn control(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL_LEN)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_as_short_as_they_can_be() {
        for (len, bytes) in [
            (0, &b"\x82\x00"[..]),
            (125, b"\x82\x7D"),
            (126, b"\x82\x7E\x00\x7E"),
            (0xFFFF, b"\x82\x7E\xFF\xFF"),
            (0x1_0000, b"\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            let header = FrameHeader::new(OpCode::Binary, len);
            assert_eq!(&*header.encode(), bytes);
            assert_eq!(header.encoded_len(), bytes.len());
            let mut buffer = vec![0; MAX_UNMASKED_HEADER_LEN + len];
            let start = encode_in_gap(MessageKind::Binary, &mut buffer);
            assert_eq!(&buffer[start..MAX_UNMASKED_HEADER_LEN], bytes);
        }
    }

    #[test]
    fn flags_and_masks() {
        let header = FrameHeader {
            opcode: OpCode::Text,
            fin: false,
            compressed: true,
            payload_len: 2,
            mask: Some([1, 2, 3, 4]),
        };
        let mut out = Vec::new();
        header.encode_with(&[0x10, 0x20], &mut out);
        assert_eq!(out, [0x41, 0x82, 1, 2, 3, 4, 0x11, 0x22]);
        assert_eq!(header.encoded_len(), 6);
    }

    #[test]
    fn control_frames_never_exceed_their_limit() {
        let mut out = Vec::new();
        encode_pong(&[7; 200], None, &mut out);
        assert_eq!(out.len(), 2 + MAX_CONTROL_LEN);
        out.clear();
        encode_close(CloseCode::NORMAL, &"ä".repeat(100), None, &mut out);
        assert_eq!(out.len(), 2 + 2 + 122);
        out.clear();
        encode_close(CloseCode::NO_STATUS, "unsaid", None, &mut out);
        assert_eq!(out, [0x88, 0x00]);
    }
}
