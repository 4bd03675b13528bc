use super::CloseCode;

/// The peer broke RFC 6455 or a limit. The connection cannot go on: send a close
/// frame with [`close_code`](Self::close_code) and end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set that no agreed extension gives a meaning (section 5.2).
    #[error("a reserved bit is set")]
    ReservedBit,
    /// Opcodes 3 to 7 and 11 to 15 (section 5.2).
    #[error("the opcode {0} is unknown")]
    UnknownOpCode(u8),
    /// A client must mask every frame (section 5.1).
    #[error("a frame of a client is not masked")]
    UnmaskedFrame,
    /// A server must not mask (section 5.1).
    #[error("a frame of a server is masked")]
    MaskedFrame,
    /// A 64-bit length of 2^63 or more (section 5.2).
    #[error("the frame length is 2^63 or more")]
    LengthOverflow,
    /// A control frame carries more than 125 bytes (section 5.5).
    #[error("a control frame is longer than 125 bytes")]
    ControlFrameTooLong,
    /// A control frame is fragmented (section 5.5).
    #[error("a control frame is fragmented")]
    FragmentedControlFrame,
    /// A continuation frame without a message to continue (section 5.4).
    #[error("a continuation frame continues nothing")]
    UnexpectedContinuation,
    /// A new message begins inside a fragmented one (section 5.4).
    #[error("a message begins inside another one")]
    InterleavedMessage,
    /// A close code that must not be on the wire (section 7.4).
    #[error("the close code {0} is not allowed on the wire")]
    InvalidCloseCode(u16),
    /// A close frame with one byte of payload (section 5.5.1).
    #[error("the close frame has half a close code")]
    TruncatedCloseCode,
    /// The reason in a close frame is no UTF-8 (section 5.5.1).
    #[error("the reason of the close frame is not UTF-8")]
    InvalidCloseReason,
    /// A text message is no UTF-8 (section 8.1).
    #[error("a text message is not UTF-8")]
    InvalidUtf8,
    /// The payload of a compressed message is no DEFLATE data (RFC 7692 section
    /// 7.2.2).
    #[error("a compressed message is not DEFLATE data")]
    InvalidDeflate,
    /// A frame is longer than the receiver's limit.
    #[error("a frame is longer than the limit")]
    FrameTooLong,
    /// A message is longer than the receiver's limit.
    #[error("a message is longer than the limit")]
    MessageTooLong,
}

impl ProtocolError {
    /// The code that the close frame to the peer must carry: 1002, 1007 or 1009
    /// (section 7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidDeflate => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooLong | Self::MessageTooLong => CloseCode::MESSAGE_TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
