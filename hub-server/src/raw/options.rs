//! The settings of raw connections.

use std::time::Duration;

use hub_core::TransferFormat;
use hub_core::negotiate::TransportKind;

use crate::{HubOptions, Principal, Shutdown};

/// How raw connections are treated.
///
/// ```
/// use hub_server::TransportKind;
/// use hub_server::raw::{RawConnectionOptions, TransferFormat};
///
/// let options = RawConnectionOptions::new()
///     .transports([TransportKind::WebSockets, TransportKind::LongPolling])
///     .transfer_format(TransferFormat::Binary);
/// ```
#[derive(Clone, Debug)]
pub struct RawConnectionOptions {
    /// The settings that raw connections have in common with hubs. What is about
    /// messages and calls is not looked at.
    pub(crate) shared: HubOptions,
    pub(super) receive_buffer_size: usize,
    pub(super) send_buffer_size: usize,
    pub(super) transfer_format: TransferFormat,
}

impl Default for RawConnectionOptions {
    fn default() -> Self {
        Self {
            shared: HubOptions::new(),
            receive_buffer_size: 64 * 1024,
            send_buffer_size: 64 * 1024,
            transfer_format: TransferFormat::Text,
        }
    }
}

impl RawConnectionOptions {
    /// The defaults, which are those of the reference server where it has them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes may wait for [`recv`](super::RawConnection::recv) before
    /// nothing more is read from the client; one read may exceed it. Each piece
    /// counts 64 bytes more than it has. Default 64 KiB. Bounds what a client
    /// costs whose handler is slow.
    #[must_use]
    pub fn receive_buffer_size(mut self, bytes: usize) -> Self {
        self.receive_buffer_size = bytes.max(1);
        self
    }

    /// How many bytes may wait for the transport before
    /// [`send`](super::RawConnection::send) waits; one piece may exceed it. Each
    /// piece counts 64 bytes more than it has. Default 64 KiB. Bounds what a
    /// client costs that does not read.
    #[must_use]
    pub fn send_buffer_size(mut self, bytes: usize) -> Self {
        self.send_buffer_size = bytes.max(1);
        self
    }

    /// In what kind of WebSocket message bytes are sent. Default
    /// [`Text`](TransferFormat::Text), as by the reference; pieces that are not
    /// UTF-8 go out as binary messages all the same, since a client would have
    /// to end the connection over them.
    #[must_use]
    pub fn transfer_format(mut self, format: TransferFormat) -> Self {
        self.transfer_format = format;
        self
    }

    /// The transports that clients may choose from. Default all three.
    #[must_use]
    pub fn transports(mut self, transports: impl IntoIterator<Item = TransportKind>) -> Self {
        self.shared = self.shared.transports(transports);
        self
    }

    /// WebSocket subprotocols that are selected when a client offers one of
    /// them. Default none.
    #[must_use]
    pub fn websocket_subprotocols<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.shared = self.shared.websocket_subprotocols(names);
        self
    }

    /// How often a WebSocket ping or an empty event is sent; zero sends none.
    /// Default 15 s. Keeps idle connections alive in proxies, and finds peers
    /// that are gone. Long polling needs none.
    #[must_use]
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        self.shared = self.shared.keep_alive_interval(interval);
        self
    }

    /// How long one write to a client may take. Default 10 s; then the
    /// connection is cut. Frees the memory of clients that stopped reading.
    #[must_use]
    pub fn transport_send_timeout(mut self, timeout: Duration) -> Self {
        self.shared = self.shared.transport_send_timeout(timeout);
        self
    }

    /// How long a connection lives without a transport: after negotiate and
    /// between polls. Default 15 s.
    #[must_use]
    pub fn disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.shared = self.shared.disconnect_timeout(timeout);
        self
    }

    /// How long the server waits for the peer's answer when it closes a
    /// WebSocket. Default 5 s.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.shared = self.shared.close_timeout(timeout);
        self
    }

    /// How long a poll without data is held. Default 90 s.
    #[must_use]
    pub fn poll_timeout(mut self, timeout: Duration) -> Self {
        self.shared = self.shared.poll_timeout(timeout);
        self
    }

    /// How many negotiated connections may wait for their transport. Default
    /// 100,000; further ones are answered 503.
    #[must_use]
    pub fn maximum_pending_negotiations(mut self, count: usize) -> Self {
        self.shared = self.shared.maximum_pending_negotiations(count);
        self
    }

    /// How many bytes the target and the headers of a request that opens a
    /// connection may have together. Default 32 KiB; longer ones are answered
    /// 431. Bounds what is kept of it for
    /// [`RawConnection::request`](super::RawConnection::request).
    #[must_use]
    pub fn maximum_request_head_size(mut self, bytes: usize) -> Self {
        self.shared = self.shared.maximum_request_head_size(bytes);
        self
    }

    /// The lowest negotiate version that is accepted. Default 0.
    #[must_use]
    pub fn minimum_negotiate_version(mut self, version: i32) -> Self {
        self.shared = self.shared.minimum_negotiate_version(version);
        self
    }

    /// Lets only requests with a [`Principal`] connect; see
    /// [`HubOptions::require_authentication`].
    #[must_use]
    pub fn require_authentication(mut self) -> Self {
        self.shared = self.shared.require_authentication();
        self
    }

    /// Lets only users whom `allowed` accepts connect; see
    /// [`HubOptions::authorize`].
    #[must_use]
    pub fn authorize(
        mut self,
        allowed: impl Fn(&Principal) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.shared = self.shared.authorize(allowed);
        self
    }

    /// Whether a connection ends when its user's authentication
    /// [expires](Principal::expires_at). Default false.
    #[must_use]
    pub fn close_on_authentication_expiration(mut self, close: bool) -> Self {
        self.shared = self.shared.close_on_authentication_expiration(close);
        self
    }

    /// Lets connections end in good order when the server stops, at the command
    /// of this handle: nothing more is received or sent, what was sent goes out,
    /// and the client is told. Handlers are waited for as running calls are.
    /// Default none.
    #[must_use]
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shared = self.shared.shutdown(shutdown);
        self
    }
}
