use std::io;

use hub_core::websocket::ProtocolError;

/// Why a WebSocket cannot go on, or why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The peer broke the protocol or a limit. It has been told so with a close
    /// frame.
    #[error("the peer broke the WebSocket protocol: {0}")]
    Protocol(#[from] ProtocolError),
    /// The peer went away without a close frame.
    #[error("the connection ended without a close frame")]
    Disconnected,
    /// Nothing arrived in answer to a ping.
    #[error("the peer did not answer a ping in time")]
    KeepAliveTimeout,
    /// The peer took nothing of what was sent for too long; see
    /// [`send_timeout`](super::WebSocketOptions::send_timeout).
    #[error("the peer took too long to receive")]
    SendTimeout,
    /// The transport failed.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The server stops, and the peer took too long to say goodbye. The handler
    /// should end now; before long it is dropped.
    #[error("the server is shutting down")]
    Shutdown,
    /// Our close frame is sent: nothing was sent after it.
    #[error("the WebSocket is closed")]
    Closed,
    /// A message was begun with fragments and is not finished; it cannot be
    /// interrupted by another one. Nothing was sent.
    #[error("a fragmented message is not finished")]
    UnfinishedMessage,
}
