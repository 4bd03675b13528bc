//! What a connection tells its driver, and the words for how it ended.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::{
    CancelInvocation, Close, Completion, DecodeError, Invocation, StreamInvocation, StreamItem,
    TransferFormat,
};

/// Bytes that the transport has to send: one whole record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// What kind of frame to send, where the transport knows kinds.
    pub format: TransferFormat,
    /// The record with its framing.
    pub bytes: Bytes,
}

/// Something that the driver has to act on. Borrows from the input.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'i> {
    /// The handshake succeeded. The server's answer is queued; a client may
    /// send calls from now on.
    HandshakeCompleted,
    /// A call that wants one answer or none.
    Invocation(Invocation<'i>),
    /// An item of a stream.
    StreamItem(StreamItem<'i>),
    /// The end of a call or a stream.
    Completion(Completion<'i>),
    /// A call that wants a stream; comes up on servers only.
    StreamInvocation(StreamInvocation<'i>),
    /// A call or stream is no longer wanted; comes up on servers only.
    CancelInvocation(CancelInvocation<'i>),
    /// The connection is over. Last words to the peer, if any, are queued.
    Closed(CloseReason),
}

/// How a connection ended, sorted by who ended it.
///
/// The text of `Display` is for logs. What the peer is told is already queued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer said goodbye with a Close message.
    PeerClosed {
        /// What it says went wrong.
        error: Option<String>,
        /// Whether it invites to connect again. Servers ignore this.
        allow_reconnect: bool,
    },
    /// The transport ended between two messages.
    EndOfInput,
    /// The transport ended within a message.
    EndOfInputInMessage,
    /// The peer did not complete the handshake in time.
    HandshakeTimeout,
    /// The peer's part of the handshake was wrong, missing, too long, or asked
    /// a server for what it does not offer.
    HandshakeFailed(String),
    /// The server refused the handshake, in its words. Clients only.
    HandshakeRefused(String),
    /// The peer was silent for too long.
    PeerTimeout,
    /// The peer sent something that is no message.
    Protocol(DecodeError),
    /// The peer sent a message longer than allowed.
    MessageTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// We closed it.
    Local,
}

/// What a peer is told of every error at least.
const CLOSED_WITH_ERROR: &str = "Connection closed with an error.";

impl CloseReason {
    /// Whether something went wrong, as opposed to a goodbye of either side or
    /// a transport that ended between messages.
    #[must_use]
    pub fn is_error(&self) -> bool {
        !matches!(
            self,
            Self::PeerClosed { error: None, .. } | Self::EndOfInput | Self::Local
        )
    }

    /// The kind and text of the error in the reference server's words: what
    /// `OnDisconnected` is given there, and what detailed errors show.
    ///
    /// `None` where that server has no error, and for handshakes that failed:
    /// they are answered by a handshake response.
    #[must_use]
    pub fn detail(&self) -> Option<(&'static str, Cow<'_, str>)> {
        const INVALID_DATA: &str = "InvalidDataException";
        Some(match self {
            Self::PeerClosed { error, .. } => ("HubException", error.as_deref()?.into()),
            Self::EndOfInputInMessage => (
                INVALID_DATA,
                "Connection terminated while reading a message.".into(),
            ),
            Self::PeerTimeout => (
                "OperationCanceledException",
                "Client hasn't sent a message/ping within the configured ClientTimeoutInterval."
                    .into(),
            ),
            Self::Protocol(error) => (error.kind(), error.to_string().into()),
            Self::MessageTooLarge { .. } => (INVALID_DATA, self.to_string().into()),
            _ => return None,
        })
    }

    /// The error in a client's words; `None` for an end without one.
    /// `server_timeout` is the time that the client was willing to wait.
    #[must_use]
    pub fn client_text(&self, server_timeout: Duration) -> Option<String> {
        Some(match self {
            Self::PeerClosed { error, .. } => format!(
                "The server closed the connection with the following error: {}",
                error.as_deref()?
            ),
            Self::HandshakeRefused(error) => {
                format!("Unable to complete handshake with the server due to an error: {error}")
            }
            Self::PeerTimeout => format!(
                "Server timeout ({:.2}ms) elapsed without receiving a message from the server.",
                server_timeout.as_secs_f64() * 1000.0
            ),
            _ if self.is_error() => self.to_string(),
            _ => return None,
        })
    }

    /// The Close message with which a server answers this end.
    pub(super) fn server_close(&self, detailed: bool) -> Close<'static> {
        match self {
            Self::PeerClosed { .. } => Close::default(),
            Self::EndOfInput => Close {
                error: None,
                allow_reconnect: true,
            },
            _ => match self.detail() {
                Some((kind, text)) => error_close(detailed, kind, &text),
                None => Close::default(),
            },
        }
    }
}

/// The Close message for an error; only `detailed` shows which.
pub(super) fn error_close(detailed: bool, kind: &str, text: &str) -> Close<'static> {
    Close {
        error: Some(with_detail(CLOSED_WITH_ERROR, detailed, kind, text)),
        allow_reconnect: true,
    }
}

/// `base`, followed by kind and text of the error if `detailed`.
pub(super) fn with_detail(
    base: &'static str,
    detailed: bool,
    kind: &str,
    text: &str,
) -> Cow<'static, str> {
    if detailed {
        format!("{base} {kind}: {text}").into()
    } else {
        base.into()
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PeerClosed { error: None, .. } => f.write_str("closed by the peer"),
            Self::PeerClosed {
                error: Some(error), ..
            } => write!(f, "closed by the peer: {error}"),
            Self::EndOfInput => f.write_str("the transport ended"),
            Self::EndOfInputInMessage => {
                f.write_str("Connection terminated while reading a message.")
            }
            Self::HandshakeTimeout => f.write_str("the handshake took too long"),
            Self::HandshakeFailed(text) => f.write_str(text),
            Self::HandshakeRefused(error) => write!(f, "handshake refused: {error}"),
            Self::PeerTimeout => f.write_str("the peer was silent for too long"),
            Self::Protocol(error) => error.fmt(f),
            Self::MessageTooLarge { limit } => write!(
                f,
                "The maximum message size of {limit}B was exceeded. The message size can be \
                 configured in AddHubOptions."
            ),
            Self::Local => f.write_str("closed by us"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_shown_only_when_asked_for() {
        let reason = CloseReason::MessageTooLarge { limit: 10 };
        assert_eq!(
            reason.server_close(false).error.as_deref(),
            Some("Connection closed with an error.")
        );
        assert_eq!(
            reason.server_close(true).error.as_deref(),
            Some(
                "Connection closed with an error. InvalidDataException: The maximum message size \
                 of 10B was exceeded. The message size can be configured in AddHubOptions."
            )
        );
    }

    #[test]
    fn errors_invite_to_come_back_and_goodbyes_do_not() {
        assert!(CloseReason::PeerTimeout.server_close(false).allow_reconnect);
        let goodbye = CloseReason::PeerClosed {
            error: Some("x".into()),
            allow_reconnect: true,
        };
        assert_eq!(goodbye.server_close(true), Close::default());
    }

    #[test]
    fn clients_name_the_time_they_waited() {
        assert_eq!(
            CloseReason::PeerTimeout.client_text(Duration::from_secs(30)),
            Some(
                "Server timeout (30000.00ms) elapsed without receiving a message from the server."
                    .into()
            )
        );
        assert_eq!(CloseReason::Local.client_text(Duration::ZERO), None);
    }
}
