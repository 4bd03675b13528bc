//! What a connection is doing.

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HubConnectionState {
    /// Nothing; `start` may be called.
    Disconnected,
    /// `start` is at work.
    Connecting,
    /// Calls may be made.
    Connected,
    /// `stop` is at work.
    Disconnecting,
    /// The connection was lost and is being replaced by a new one.
    Reconnecting,
}
