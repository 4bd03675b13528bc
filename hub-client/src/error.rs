//! Everything that can go wrong, one type per operation, sorted by who must
//! act.

use std::sync::Arc;
use std::time::Duration;

use hub_core::connection::CloseReason;
use hub_core::{DecodeError, EncodeError, ValueError};

/// An error of any type, for causes that come from the application.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The server's own words about what went wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServerError {
    message: String,
}

impl ServerError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// The text as the server sent it. It is the peer's: show it as text, do
    /// not interpret it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// The builder was given something that cannot work. The caller must act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The URL cannot be read or has no host.
    #[error("'{url}' is no URL of a hub: {cause}")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The scheme is none of `http` and `ws`, and with the feature `rustls`
    /// none of `https` and `wss`.
    #[error(
        "the scheme '{scheme}' is not supported: this client speaks http and ws, and https and wss \
         if it is built with the feature `rustls`"
    )]
    Scheme {
        /// The scheme of the URL.
        scheme: String,
    },
    /// A header's name or value has characters that headers cannot have.
    #[error("the header '{name}' cannot be sent")]
    Header {
        /// The name as it was given.
        name: String,
    },
    /// TLS could not be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] BoxError),
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up")]
    HttpClient(#[source] BoxError),
}

/// `start` did not lead to a connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It is started already, or is still stopping.
    #[error("The HubConnection cannot be started if it is not in the Disconnected state.")]
    NotDisconnected,
    /// `stop` was called, or the last handle dropped, before it was connected.
    #[error("the connection was stopped before it was established")]
    Stopped,
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// One attempt to connect failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The application's access token provider failed.
    #[error("no access token: {0}")]
    AccessToken(#[source] BoxError),
    /// The negotiation failed.
    #[error(transparent)]
    Negotiate(#[from] NegotiateError),
    /// The transport could not be opened, or broke before the handshake.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server refused the handshake, in its words.
    #[error("Unable to complete handshake with the server due to an error: {0}")]
    Refused(#[source] ServerError),
    /// The server did not answer the handshake in time.
    #[error("the server did not answer the handshake within {0:?}")]
    HandshakeTimeout(Duration),
    /// What came instead of a handshake response.
    #[error("the handshake failed: {0}")]
    Handshake(String),
    /// The connection ended right after the handshake.
    #[error(transparent)]
    Ended(ConnectionEnd),
}

/// The negotiation did not lead to a transport.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiateError {
    /// The server could not be reached, or broke off.
    #[error("the negotiate request failed")]
    Http(#[source] BoxError),
    /// The server refused the request.
    #[error("Unexpected status code returned from negotiate '{}'", .0.as_u16())]
    Status(http::StatusCode),
    /// The server refused in words.
    #[error(transparent)]
    Server(ServerError),
    /// The answer is no negotiate response.
    #[error("{0}")]
    InvalidResponse(String),
    /// The answer leads to a URL that this client cannot use.
    #[error("the negotiate response leads to a URL that cannot be used: {0}")]
    Redirect(#[source] BuildError),
    /// More redirects than anyone needs: probably a circle.
    #[error("Negotiate redirection limit exceeded.")]
    TooManyRedirects,
    /// The server offers no transport that this client can use.
    #[error(
        "None of the transports supported by the client are supported by the server. {reasons}"
    )]
    NoTransport {
        /// Why each of the offered ones is out of the question.
        reasons: String,
    },
}

/// The transport under the connection failed. Mostly the network's doing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The network failed.
    #[error("the connection to the server failed: {0}")]
    Io(#[from] std::io::Error),
    /// The server answered the WebSocket request with this status.
    #[error(
        "the server refused the WebSocket with status {}: either it is no hub, or it does not know \
         the connection (several servers need sticky sessions), or a proxy is in between", .0.as_u16()
    )]
    Status(http::StatusCode),
    /// The server closed the WebSocket with a code that says something is
    /// wrong.
    #[error("Websocket closed with error: {code}. {reason}")]
    Closed {
        /// The code of the close frame.
        code: u16,
        /// The text beside it, mostly empty.
        reason: String,
    },
    /// The server broke the rules of WebSockets.
    #[error("the server broke the WebSocket protocol: {0}")]
    Protocol(String),
    /// A WebSocket message is longer than `max_message_size`.
    #[error("the server sent a message longer than allowed")]
    MessageTooLarge,
    /// The server did not answer in time (`request_timeout`).
    #[error("the server did not answer within {0:?}")]
    Timeout(Duration),
}

/// Why an established connection ended.
///
/// Given to `on_closed` and `on_reconnecting` callbacks and to every call that
/// was waiting.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionEnd {
    /// The application called `stop`, or dropped the last handle.
    #[error("the connection was stopped")]
    Stopped,
    /// The server said goodbye; with an error if something went wrong there.
    #[error("The server closed the connection{}", error.as_ref().map_or_else(
        || ".".into(),
        |error| format!(" with the following error: {error}")
    ))]
    ClosedByServer {
        /// What the server says went wrong.
        error: Option<ServerError>,
    },
    /// The transport ended without a goodbye of the server.
    #[error("the server ended the transport")]
    EndOfTransport,
    /// The transport failed.
    #[error(transparent)]
    Transport(Arc<TransportError>),
    /// Nothing came from the server for the server timeout.
    #[error(
        "Server timeout ({:.2}ms) elapsed without receiving a message from the server.",
        .0.as_secs_f64() * 1000.0
    )]
    ServerTimeout(Duration),
    /// The server sent something that is no message.
    #[error("the server broke the protocol: {0}")]
    Protocol(#[source] DecodeError),
    /// The server sent a message longer than `max_message_size`.
    #[error("the server sent a message longer than {limit} bytes")]
    MessageTooLarge {
        /// The limit.
        limit: usize,
    },
    /// The application took nothing from a full receive buffer for the server
    /// timeout: a handler hangs, or a stream is not read.
    #[error("the application did not take what the server sent: the receive buffer stayed full")]
    ReceiveBufferFull,
    /// Automatic reconnect gave up.
    #[error(
        "Reconnect retries have been exhausted after {attempts} failed attempts and {elapsed:?} \
         elapsed. Disconnecting."
    )]
    ReconnectFailed {
        /// How many attempts failed.
        attempts: u32,
        /// Since the connection was lost.
        elapsed: Duration,
        /// How the last attempt failed; `None` when there was none.
        #[source]
        last: Option<Arc<ConnectError>>,
    },
}

impl ConnectionEnd {
    /// Whether something went wrong, as opposed to a goodbye of either side.
    #[must_use]
    pub fn is_error(&self) -> bool {
        !matches!(
            self,
            Self::Stopped | Self::ClosedByServer { error: None } | Self::EndOfTransport
        )
    }

    /// The machine's reason for the end of an open connection.
    pub(crate) fn from_reason(reason: CloseReason, server_timeout: Duration) -> Self {
        match reason {
            CloseReason::PeerClosed { error, .. } => Self::ClosedByServer {
                error: error.map(ServerError::new),
            },
            CloseReason::PeerTimeout => Self::ServerTimeout(server_timeout),
            CloseReason::Protocol(error) => Self::Protocol(error),
            CloseReason::MessageTooLarge { limit } => Self::MessageTooLarge { limit },
            CloseReason::EndOfInput => Self::EndOfTransport,
            CloseReason::Local => Self::Stopped,
            other => Self::Protocol(DecodeError::invalid_data(other.to_string())),
        }
    }
}

/// `send` or the beginning of a stream failed. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no connection: not started, lost, or stopped.
    #[error("the method cannot be called if the connection is not active")]
    NotConnected,
    /// An argument has no form in the connection's protocol.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A call has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// There is no connection: not started, lost, or stopped. Nothing was
    /// sent.
    #[error("the method cannot be called if the connection is not active")]
    NotConnected,
    /// An argument has no form in the connection's protocol. Nothing was sent.
    #[error(transparent)]
    Encode(EncodeError),
    /// The method failed, in the server's words.
    #[error(transparent)]
    Server(ServerError),
    /// The connection ended before the answer. Whether the method ran is not
    /// known.
    #[error("the connection ended before the answer: {0}")]
    ConnectionEnded(#[source] ConnectionEnd),
    /// The result is not of the type asked for.
    #[error("the result is not of the type asked for: {0}")]
    Decode(#[source] ValueError),
    /// The method answers with a stream.
    #[error("streaming hub methods must be called with `stream`")]
    Streaming,
}

impl From<SendError> for InvokeError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NotConnected => Self::NotConnected,
            SendError::Encode(error) => Self::Encode(error),
        }
    }
}

/// A stream ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The method failed, in the server's words.
    #[error(transparent)]
    Server(ServerError),
    /// The connection ended before the stream.
    #[error("the connection ended before the stream: {0}")]
    ConnectionEnded(#[source] ConnectionEnd),
    /// An item is not of the type asked for. The stream is cancelled.
    #[error("an item is not of the type asked for: {0}")]
    Decode(#[source] ValueError),
    /// The method does not answer with a stream.
    #[error("Server provided a result in a completion response to a streamed invocation.")]
    UnexpectedResult,
}

/// A handler's failure, whose text the server is told when it waits for an
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HandlerError {
    message: String,
}

impl HandlerError {
    /// A failure with the text that the server shall see.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
