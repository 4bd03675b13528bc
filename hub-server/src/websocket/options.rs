use std::time::Duration;

use hub_core::websocket::Decoder;
use hub_core::websocket::Role;

use super::compression::CompressionOptions;
use crate::Shutdown;

/// Limits and times of one WebSocket.
///
/// ```
/// use std::time::Duration;
/// use hub_server::websocket::WebSocketOptions;
///
/// let options = WebSocketOptions::default()
///     .max_message_size(64 * 1024)
///     .keep_alive_timeout(Some(Duration::from_secs(20)))
///     .allowed_origins(["https://example.org"]);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WebSocketOptions {
    pub(super) max_message_size: usize,
    pub(super) max_frame_size: u64,
    pub(super) write_buffer_limit: usize,
    pub(super) send_timeout: Option<Duration>,
    pub(super) close_timeout: Duration,
    pub(super) keep_alive_interval: Duration,
    pub(super) keep_alive_timeout: Option<Duration>,
    pub(super) allowed_origins: Vec<String>,
    pub(super) compression: CompressionOptions,
    pub(super) shutdown: Option<Shutdown>,
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self {
            max_message_size: 1024 * 1024,
            max_frame_size: 16 * 1024 * 1024,
            write_buffer_limit: 64 * 1024,
            send_timeout: Some(Duration::from_secs(10)),
            close_timeout: Duration::from_secs(5),
            keep_alive_interval: Duration::from_secs(120),
            keep_alive_timeout: None,
            allowed_origins: Vec::new(),
            compression: CompressionOptions::default(),
            shutdown: None,
        }
    }
}

impl WebSocketOptions {
    /// Bytes of a message that [`recv`](super::WebSocket::recv) puts together; a
    /// longer one ends the connection with code 1009. It bounds what one peer can
    /// make us hold. Default: 1 MiB.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }

    /// Bytes of payload in one frame; a longer one ends the connection with code
    /// 1009 as soon as its header arrives. It costs no memory whatever it is, since
    /// frames are taken in pieces. Default: 16 MiB.
    pub fn max_frame_size(mut self, bytes: u64) -> Self {
        self.max_frame_size = bytes;
        self
    }

    /// Bytes that wait to be written before a sender has to wait, and before
    /// nothing more is read from a peer that does not take its pongs. One message
    /// may exceed it. It bounds what a slow peer costs. Default: 64 KiB.
    pub fn write_buffer_limit(mut self, bytes: usize) -> Self {
        self.write_buffer_limit = bytes;
        self
    }

    /// How long a peer may take nothing of what waits for it. Then the connection
    /// ends with [`SendTimeout`](super::WebSocketError::SendTimeout), for whoever
    /// waits to send and for whoever receives. It frees what a peer costs that
    /// has stopped to read, which TCP alone never notices. `None`: for ever.
    /// Default: 10 seconds.
    pub fn send_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.send_timeout = timeout;
        self
    }

    /// How long to wait for the peer's part of the end, once ours is sent.
    /// Default: 5 seconds.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How long nothing may arrive before a ping is sent; zero sends none. It
    /// keeps proxies from ending idle connections. Default: 2 minutes.
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        self.keep_alive_interval = interval;
        self
    }

    /// How long after a ping something must have arrived; else the connection is
    /// lost. It counts from the ping on, so it may well be shorter than the
    /// interval. Default: none, so that only TCP finds out about a dead peer.
    pub fn keep_alive_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.keep_alive_timeout = timeout;
        self
    }

    /// The values of `Origin` that may open a WebSocket, compared byte for byte;
    /// others get 403. Requests without the header pass, since they are not made by
    /// a page in a browser. Default: none named, every origin passes.
    ///
    /// Browsers let any page connect to any server, so a server that trusts
    /// cookies has to name its origins.
    pub fn allowed_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Lets the socket end in good order when the server stops, at the command
    /// of this handle: it is closed with code 1001, which
    /// [`recv`](super::WebSocket::recv) does while it is waited for, and sends
    /// fail with [`Closed`](super::WebSocketError::Closed). The shutdown waits
    /// until the socket is dropped and the handler has ended, for as long as its
    /// [`call_timeout`](Shutdown::call_timeout); then everything fails with
    /// [`Shutdown`](super::WebSocketError::Shutdown), and a
    /// [`close_timeout`](Shutdown::close_timeout) later the handler is dropped.
    /// Default: none; the socket is cut with the process.
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// Checks that the settings fit each other.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), InvalidWebSocketOptions> {
        match self.keep_alive_timeout {
            Some(timeout) if timeout.is_zero() => Err(InvalidWebSocketOptions::NoTimeToAnswer),
            Some(_) if self.keep_alive_interval.is_zero() => {
                Err(InvalidWebSocketOptions::TimeoutWithoutPings)
            }
            _ => Ok(()),
        }
    }

    /// # Panics
    /// When they do not.
    pub(super) fn expect_valid(&self) {
        if let Err(error) = self.validate() {
            panic!("{error}");
        }
    }

    pub(super) fn decoder(&self) -> Decoder {
        Decoder::new(Role::Server).with_max_frame_len(self.max_frame_size)
    }
}

/// Settings that do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebSocketOptions {
    /// Every peer would be lost with the first ping.
    #[error("the keep-alive timeout must not be zero")]
    NoTimeToAnswer,
    /// The timeout counts from a ping on, and none is ever sent.
    #[error("a keep-alive timeout needs a keep-alive interval")]
    TimeoutWithoutPings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keep_alive_that_cannot_work_is_refused() {
        let timeout = |secs| WebSocketOptions::default().keep_alive_timeout(Some(secs));
        assert_eq!(WebSocketOptions::default().validate(), Ok(()));
        assert_eq!(timeout(Duration::from_secs(20)).validate(), Ok(()));
        assert_eq!(
            timeout(Duration::ZERO).validate(),
            Err(InvalidWebSocketOptions::NoTimeToAnswer)
        );
        let never = timeout(Duration::from_secs(20)).keep_alive_interval(Duration::ZERO);
        assert_eq!(
            never.validate(),
            Err(InvalidWebSocketOptions::TimeoutWithoutPings)
        );
    }
}
