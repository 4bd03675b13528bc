//! The parts of a frame header (RFC 6455 section 5.2).

use super::ProtocolError;

/// Payload bytes that a control frame can carry.
pub const MAX_CONTROL_LEN: usize = 125;

/// The longest header: two bytes, eight of length, four of mask.
pub const MAX_HEADER_LEN: usize = 14;

/// The longest header of a server's frame.
pub const MAX_UNMASKED_HEADER_LEN: usize = 10;

/// What a client's payload is combined with; to be drawn anew for every frame
/// from a source that the peer cannot predict (section 10.3).
pub type MaskKey = [u8; 4];

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2_AND_RSV3: u8 = 0x30;
const MASKED: u8 = 0x80;

/// Marks in the seven-bit length that a longer one follows.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpCode {
    /// The next part of the message that has begun.
    Continuation = 0x0,
    /// A text message, or its first part.
    Text = 0x1,
    /// A binary message, or its first part.
    Binary = 0x2,
    /// The end of the connection.
    Close = 0x8,
    /// A question for a sign of life.
    Ping = 0x9,
    /// The answer, with the same payload.
    Pong = 0xA,
}

impl OpCode {
    /// Whether frames of this kind may appear inside a message.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self as u8 & 0x8 != 0
    }

    const fn from_bits(bits: u8) -> Result<Self, ProtocolError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return Err(ProtocolError::UnknownOpCode(bits)),
        })
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Anything.
    Binary,
}

impl From<MessageKind> for OpCode {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Text => Self::Text,
            MessageKind::Binary => Self::Binary,
        }
    }
}

/// The header of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// What the frame is.
    pub opcode: OpCode,
    /// Whether the message ends with this frame.
    pub fin: bool,
    /// RSV1: the message that begins here is compressed (RFC 7692 section 6).
    pub compressed: bool,
    /// Bytes that follow the header; below 2^63.
    pub payload_len: u64,
    /// Present in frames of clients.
    pub mask: Option<MaskKey>,
}

impl FrameHeader {
    /// The header of a server's whole, uncompressed message or control frame.
    #[must_use]
    pub const fn new(opcode: OpCode, payload_len: usize) -> Self {
        Self {
            opcode,
            fin: true,
            compressed: false,
            payload_len: payload_len as u64,
            mask: None,
        }
    }

    /// Bytes of the header on the wire, in its shortest form.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        let length = match self.payload_len {
            0..126 => 2,
            126..=0xFFFF => 4,
            _ => 10,
        };
        length + if self.mask.is_some() { 4 } else { 0 }
    }

    /// Writes the header; the bytes used are the first of the array.
    pub(super) fn write(&self) -> ([u8; MAX_HEADER_LEN], usize) {
        let mut bytes = [0; MAX_HEADER_LEN];
        let fin = if self.fin { FIN } else { 0 };
        let rsv1 = if self.compressed { RSV1 } else { 0 };
        bytes[0] = fin | rsv1 | self.opcode as u8;
        let mut len = match self.payload_len {
            short @ 0..126 => {
                bytes[1] = short as u8;
                2
            }
            medium @ 126..=0xFFFF => {
                bytes[1] = LENGTH_16;
                bytes[2..4].copy_from_slice(&(medium as u16).to_be_bytes());
                4
            }
            long => {
                bytes[1] = LENGTH_64;
                bytes[2..10].copy_from_slice(&long.to_be_bytes());
                10
            }
        };
        if let Some(key) = self.mask {
            bytes[1] |= MASKED;
            bytes[len..len + 4].copy_from_slice(&key);
            len += 4;
        }
        (bytes, len)
    }
}

/// The first two bytes of a header: enough to refuse most of what is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderStart {
    pub(super) opcode: OpCode,
    pub(super) fin: bool,
    pub(super) rsv1: bool,
    pub(super) masked: bool,
    short_len: u8,
}

impl HeaderStart {
    pub(super) const fn parse(first: u8, second: u8) -> Result<Self, ProtocolError> {
        if first & RSV2_AND_RSV3 != 0 {
            return Err(ProtocolError::ReservedBit);
        }
        let opcode = match OpCode::from_bits(first & 0x0F) {
            Ok(opcode) => opcode,
            Err(error) => return Err(error),
        };
        Ok(Self {
            opcode,
            fin: first & FIN != 0,
            rsv1: first & RSV1 != 0,
            masked: second & MASKED != 0,
            short_len: second & !MASKED,
        })
    }

    /// What begins with this byte, if it is a whole, uncompressed message in one
    /// frame.
    pub(super) const fn short_message_kind(first: u8) -> Option<MessageKind> {
        const TEXT: u8 = FIN | OpCode::Text as u8;
        const BINARY: u8 = FIN | OpCode::Binary as u8;
        match first {
            TEXT => Some(MessageKind::Text),
            BINARY => Some(MessageKind::Binary),
            _ => None,
        }
    }

    /// The length in the second byte, if it is below 126 and the frame is masked.
    pub(super) const fn short_masked_len(second: u8) -> Option<usize> {
        let len = second ^ MASKED;
        if len < LENGTH_16 {
            Some(len as usize)
        } else {
            None
        }
    }

    /// Whether the payload is too long for a control frame.
    pub(super) const fn has_long_len(self) -> bool {
        self.short_len as usize > MAX_CONTROL_LEN
    }

    pub(super) const fn header_len(self) -> usize {
        let length = match self.short_len {
            LENGTH_16 => 4,
            LENGTH_64 => 10,
            _ => 2,
        };
        length + if self.masked { 4 } else { 0 }
    }

    /// The whole header, of which these are the first two bytes.
    pub(super) fn complete(self, header: &[u8]) -> Result<FrameHeader, ProtocolError> {
        let (payload_len, rest) = match (self.short_len, &header[2..]) {
            (LENGTH_16, [a, b, rest @ ..]) => (u64::from(u16::from_be_bytes([*a, *b])), rest),
            (LENGTH_64, [a, b, c, d, e, f, g, h, rest @ ..]) => {
                let bytes = [*a, *b, *c, *d, *e, *f, *g, *h];
                (u64::from_be_bytes(bytes), rest)
            }
            (short, rest) => (u64::from(short), rest),
        };
        if payload_len >> 63 != 0 {
            return Err(ProtocolError::LengthOverflow);
        }
        Ok(FrameHeader {
            opcode: self.opcode,
            fin: self.fin,
            compressed: self.rsv1,
            payload_len,
            mask: rest.first_chunk().copied().filter(|_| self.masked),
        })
    }
}
