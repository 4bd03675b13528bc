//! What one connection may do and how long it may take.

use std::time::Duration;

/// Limits and times of a connection, shared by all connections of a hub.
///
/// The defaults are those of the reference server and its clients; change what
/// should differ in a [`Settings::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long the handshake may take; 15 s. Protects against peers that
    /// connect and stay silent.
    pub handshake_timeout: Duration,
    /// How often to send a Ping; 15 s. `None` sends none, as on long polling.
    /// Keeps the peer and everything on the way from taking silence for death.
    pub keep_alive_interval: Option<Duration>,
    /// How long the peer may be silent; 30 s. `None` waits for ever. It is the
    /// client timeout interval on the server, where it counts from the
    /// client's first Ping only, and the server timeout on the client.
    pub peer_timeout: Option<Duration>,
    /// The longest message in bytes, framing included; 32,768. `usize::MAX`
    /// is no limit. Bounds what a driver has to buffer for one connection.
    pub max_message_size: usize,
    /// Whether the peer of a server is told what exactly went wrong; off,
    /// since the words may give away what is inside.
    pub detailed_errors: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(15),
            keep_alive_interval: Some(Duration::from_secs(15)),
            peer_timeout: Some(Duration::from_secs(30)),
            max_message_size: 32_768,
            detailed_errors: false,
        }
    }
}
