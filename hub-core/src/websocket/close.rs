//! The end of a connection (RFC 6455 sections 5.5.1 and 7).

use std::fmt;

use super::{MAX_CONTROL_LEN, ProtocolError};

/// Bytes of UTF-8 that the reason of a close frame can have.
pub const MAX_REASON_LEN: usize = MAX_CONTROL_LEN - 2;

/// Why a connection ends (section 7.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server shuts down, or the browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that the receiver cannot take.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1005: the close frame had no code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// 1006: the connection ended without a close frame. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: data that does not fit its kind, such as text that is no UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a policy was broken, and no other code fits.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message is too big.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: the client wanted an extension that the server did not agree to.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: the server failed.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the server restarts.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: the server is overloaded; try again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got a bad answer from the server behind it.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// The code with this number, if it may be on the wire: 1000 to 1003, 1007 to
    /// 1014 and 3000 to 4999.
    #[must_use]
    pub const fn try_new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Whether the code may be on the wire.
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        Self::try_new(self.0).is_some()
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The content of a close frame that has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CloseFrame {
    /// Why the connection ends.
    pub code: CloseCode,
    /// A text for logs, at most [`MAX_REASON_LEN`] bytes; mostly empty.
    pub reason: String,
}

impl CloseFrame {
    /// A close frame's content.
    #[must_use]
    pub fn new(code: CloseCode, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Reads the payload of a close frame.
    pub(super) fn parse(payload: &[u8]) -> Result<Option<Self>, ProtocolError> {
        let [first, second, reason @ ..] = payload else {
            return if payload.is_empty() {
                Ok(None)
            } else {
                Err(ProtocolError::TruncatedCloseCode)
            };
        };
        let code = u16::from_be_bytes([*first, *second]);
        let code = CloseCode::try_new(code).ok_or(ProtocolError::InvalidCloseCode(code))?;
        let reason = std::str::from_utf8(reason).map_err(|_| ProtocolError::InvalidCloseReason)?;
        Ok(Some(Self::new(code, reason)))
    }
}

/// The closing handshake (section 7.1): each side sends one close frame, and
/// nothing after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseHandshake {
    sent: bool,
    received: bool,
}

impl CloseHandshake {
    /// Claims the one close frame that we may send; false when it is sent
    /// already.
    #[must_use]
    pub const fn begin_send(&mut self) -> bool {
        !std::mem::replace(&mut self.sent, true)
    }

    /// The peer's close frame arrived. Answer it if [`begin_send`](Self::begin_send)
    /// allows.
    pub const fn handle_received(&mut self) {
        self.received = true;
    }

    /// Whether our close frame is sent: no other frame may follow.
    #[must_use]
    pub const fn is_sent(self) -> bool {
        self.sent
    }

    /// Whether the peer's close frame arrived.
    #[must_use]
    pub const fn is_received(self) -> bool {
        self.received
    }

    /// Whether both are through: the server ends the transport now.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        self.sent && self.received
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_and_private_codes_are_sendable() {
        let sendable: Vec<u16> = (0..=u16::MAX)
            .filter(|&code| CloseCode::try_new(code).is_some())
            .collect();
        let expected: Vec<u16> = (1000..=1003)
            .chain(1007..=1014)
            .chain(3000..=4999)
            .collect();
        assert_eq!(sendable, expected);
        assert!(!CloseCode::NO_STATUS.is_sendable());
        assert!(!CloseCode::ABNORMAL.is_sendable());
    }

    #[test]
    fn payloads_of_close_frames() {
        assert_eq!(CloseFrame::parse(b""), Ok(None));
        assert_eq!(
            CloseFrame::parse(b"\x03"),
            Err(ProtocolError::TruncatedCloseCode)
        );
        assert_eq!(
            CloseFrame::parse(b"\x03\xE8bye"),
            Ok(Some(CloseFrame::new(CloseCode::NORMAL, "bye")))
        );
        assert_eq!(
            CloseFrame::parse(b"\x03\xED"),
            Err(ProtocolError::InvalidCloseCode(1005))
        );
        assert_eq!(
            CloseFrame::parse(b"\x03\xE8\xFF"),
            Err(ProtocolError::InvalidCloseReason)
        );
    }

    #[test]
    fn each_side_sends_one_close_frame() {
        let mut close = CloseHandshake::default();
        assert!(close.begin_send());
        assert!(!close.begin_send());
        assert!(!close.is_complete());
        close.handle_received();
        assert!(close.is_complete());
    }
}
