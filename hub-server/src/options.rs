//! The settings of a hub: each has a default, and says what it protects.

mod validation;

use std::sync::Arc;
use std::time::Duration;

use hub_core::connection::MessageBuffer;
use hub_core::negotiate::TransportKind;
use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};

pub use validation::InvalidOptions;

use crate::authorization::Authorization;
use crate::{Principal, Shutdown, SlowReceiver};

/// How a hub treats its connections.
///
/// ```
/// use std::time::Duration;
/// use hub_server::HubOptions;
///
/// let options = HubOptions::new()
///     .keep_alive_interval(Duration::from_secs(5))
///     .client_timeout_interval(Duration::from_secs(10));
/// ```
#[derive(Clone, Debug)]
pub struct HubOptions {
    pub(crate) handshake_timeout: Duration,
    pub(crate) keep_alive_interval: Duration,
    pub(crate) client_timeout_interval: Duration,
    pub(crate) maximum_receive_message_size: Option<usize>,
    pub(crate) detailed_errors: bool,
    pub(crate) stream_buffer_capacity: usize,
    pub(crate) maximum_parallel_invocations: usize,
    pub(crate) maximum_running_calls: usize,
    pub(crate) maximum_waiting_bytes: usize,
    pub(crate) maximum_queued_bytes: usize,
    pub(crate) slow_receiver: SlowReceiver,
    pub(crate) transport_send_timeout: Duration,
    pub(crate) disconnect_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) maximum_pending_negotiations: usize,
    pub(crate) maximum_request_head_size: usize,
    pub(crate) minimum_negotiate_version: i32,
    pub(crate) protocols: Vec<Arc<dyn HubProtocol>>,
    pub(crate) transports: Vec<TransportKind>,
    pub(crate) websocket_subprotocols: Vec<String>,
    pub(crate) poll_timeout: Duration,
    pub(crate) maximum_post_size: usize,
    pub(crate) post_stall_timeout: Duration,
    pub(crate) allow_stateful_reconnects: bool,
    pub(crate) stateful_reconnect_buffer_size: usize,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) authorization: Authorization,
    pub(crate) close_on_authentication_expiration: bool,
    pub(crate) shutdown: Option<Shutdown>,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(15),
            keep_alive_interval: Duration::from_secs(15),
            client_timeout_interval: Duration::from_secs(30),
            maximum_receive_message_size: Some(32 * 1024),
            detailed_errors: false,
            stream_buffer_capacity: 10,
            maximum_parallel_invocations: 1,
            maximum_running_calls: 1000,
            maximum_waiting_bytes: 64 * 1024,
            maximum_queued_bytes: 1024 * 1024,
            slow_receiver: SlowReceiver::default(),
            transport_send_timeout: Duration::from_secs(10),
            disconnect_timeout: Duration::from_secs(15),
            close_timeout: Duration::from_secs(5),
            maximum_pending_negotiations: 100_000,
            maximum_request_head_size: 32 * 1024,
            minimum_negotiate_version: 0,
            protocols: vec![Arc::new(JsonProtocol), Arc::new(MessagePackProtocol)],
            transports: vec![
                TransportKind::WebSockets,
                TransportKind::ServerSentEvents,
                TransportKind::LongPolling,
            ],
            websocket_subprotocols: Vec::new(),
            poll_timeout: Duration::from_secs(90),
            maximum_post_size: 30_000_000,
            post_stall_timeout: Duration::from_secs(5),
            allow_stateful_reconnects: false,
            stateful_reconnect_buffer_size: MessageBuffer::DEFAULT_LIMIT,
            allowed_origins: Vec::new(),
            authorization: Authorization::default(),
            close_on_authentication_expiration: false,
            shutdown: None,
        }
    }
}

impl HubOptions {
    /// The defaults, which are those of the reference server where it has them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a new connection may take until its handshake is complete.
    /// Default 15 s. Protects from peers that connect and say nothing.
    #[must_use]
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How often a ping is sent. Default 15 s. Keeps idle connections alive in
    /// proxies and lets clients notice a dead server.
    #[must_use]
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        self.keep_alive_interval = interval;
        self
    }

    /// How long a client that has once pinged may stay silent before it counts
    /// as gone. Default 30 s. At least twice the clients' own ping interval is
    /// advised; [`validate`](Self::validate) refuses a value that is not longer
    /// than the keep-alive interval.
    #[must_use]
    pub fn client_timeout_interval(mut self, interval: Duration) -> Self {
        self.client_timeout_interval = interval;
        self
    }

    /// The longest message that is accepted, framing included. Default 32 KiB;
    /// `None` for no limit. Bounds what a peer can make the server keep before
    /// it is understood.
    #[must_use]
    pub fn maximum_receive_message_size(mut self, bytes: Option<usize>) -> Self {
        self.maximum_receive_message_size = bytes;
        self
    }

    /// Whether the text of internal errors reaches clients. Default false: such
    /// texts tell strangers about the server's insides.
    #[must_use]
    pub fn detailed_errors(mut self, detailed: bool) -> Self {
        self.detailed_errors = detailed;
        self
    }

    /// How many items of a client's stream wait for the hub method. Default 10.
    /// When they are not read, nothing more is read from that connection.
    #[must_use]
    pub fn stream_buffer_capacity(mut self, items: usize) -> Self {
        self.stream_buffer_capacity = items.max(1);
        self
    }

    /// How many plain calls of one client run at a time. Default 1, at least 1:
    /// further ones wait in their order. Streams in either direction are not
    /// counted.
    #[must_use]
    pub fn maximum_parallel_invocations(mut self, calls: usize) -> Self {
        self.maximum_parallel_invocations = calls.max(1);
        self
    }

    /// How many calls and streams of one client may run at a time, those that
    /// stand in no line included. Default 1,000; further ones fail. Bounds what
    /// a client can start and never end.
    #[must_use]
    pub fn maximum_running_calls(mut self, calls: usize) -> Self {
        self.maximum_running_calls = calls.max(1);
        self
    }

    /// How many bytes of calls may wait for a free slot before nothing more is
    /// read from that connection. Default 64 KiB.
    #[must_use]
    pub fn maximum_waiting_bytes(mut self, bytes: usize) -> Self {
        self.maximum_waiting_bytes = bytes;
        self
    }

    /// How many bytes may be queued for one client. Default 1 MiB. A send to
    /// that client alone waits for room; a send to many never does, and treats
    /// a client whose queue is full as [`slow_receiver`](Self::slow_receiver)
    /// says. Bounds what a client costs that does not read.
    #[must_use]
    pub fn maximum_queued_bytes(mut self, bytes: usize) -> Self {
        self.maximum_queued_bytes = bytes;
        self
    }

    /// What becomes of a client whose queue is full. Default
    /// [`SlowReceiver::Disconnect`]. Counted by
    /// [`HubContext::slow_receivers`](crate::HubContext::slow_receivers).
    #[must_use]
    pub fn slow_receiver(mut self, policy: SlowReceiver) -> Self {
        self.slow_receiver = policy;
        self
    }

    /// How long one write to a client may take. Default 10 s. Frees the memory
    /// of clients that stopped reading.
    #[must_use]
    pub fn transport_send_timeout(mut self, timeout: Duration) -> Self {
        self.transport_send_timeout = timeout;
        self
    }

    /// How long a connection lives without a transport: after negotiate,
    /// between polls, and with stateful reconnect after its socket was cut. Default 15 s.
    #[must_use]
    pub fn disconnect_timeout(mut self, timeout: Duration) -> Self {
        self.disconnect_timeout = timeout;
        self
    }

    /// How long the server waits for the peer's answer when it closes a
    /// WebSocket. Default 5 s.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How many negotiated connections may wait for their transport. Default
    /// 100,000, about 30 MB, and 1 KiB more for each that posts before its
    /// transport is there; further ones are answered 503. Protects from peers
    /// that negotiate and never come.
    #[must_use]
    pub fn maximum_pending_negotiations(mut self, count: usize) -> Self {
        self.maximum_pending_negotiations = count;
        self
    }

    /// How many bytes the target and the headers of a request that opens a
    /// connection may have together. Default 32 KiB; longer ones are answered
    /// 431. Bounds what is kept of it for
    /// [`HubCaller::request`](crate::HubCaller::request) while the connection
    /// lasts: HTTP servers take far more from a peer.
    #[must_use]
    pub fn maximum_request_head_size(mut self, bytes: usize) -> Self {
        self.maximum_request_head_size = bytes;
        self
    }

    /// The lowest negotiate version that is accepted. Default 0.
    #[must_use]
    pub fn minimum_negotiate_version(mut self, version: i32) -> Self {
        self.minimum_negotiate_version = version;
        self
    }

    /// The hub protocols that clients may choose from. Default JSON and
    /// MessagePack.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use hub_server::HubOptions;
    /// use hub_server::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};
    ///
    /// let json = HubOptions::new().protocols([JsonProtocol]);
    /// // Several, or one of your own:
    /// let both: [Arc<dyn HubProtocol>; 2] = [Arc::new(JsonProtocol), Arc::new(MessagePackProtocol)];
    /// let both = HubOptions::new().protocols(both);
    /// # let _ = (json, both);
    /// ```
    #[must_use]
    pub fn protocols<I>(mut self, protocols: I) -> Self
    where
        I: IntoIterator<Item: Into<Arc<dyn HubProtocol>>>,
    {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// The transports that clients may choose from. Default all three. They are
    /// offered in the order of the enumeration, whatever the order here.
    #[must_use]
    pub fn transports(mut self, transports: impl IntoIterator<Item = TransportKind>) -> Self {
        self.transports = transports.into_iter().collect();
        self
    }

    /// WebSocket subprotocols that are selected when a client offers one of
    /// them. Default none; hub clients offer none.
    #[must_use]
    pub fn websocket_subprotocols<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.websocket_subprotocols = names.into_iter().map(Into::into).collect();
        self
    }

    /// How long a poll without data is held. Default 90 s, below the usual
    /// limits of clients and proxies.
    #[must_use]
    pub fn poll_timeout(mut self, timeout: Duration) -> Self {
        self.poll_timeout = timeout;
        self
    }

    /// The longest body of a POST, by which clients without a WebSocket send.
    /// Default 30,000,000 bytes; a longer one is answered 413, at once where its
    /// length is announced. The connection goes on. At most 64 KiB of a body are
    /// kept at a time, so that this bounds how long one request goes on.
    #[must_use]
    pub fn maximum_post_size(mut self, bytes: usize) -> Self {
        self.maximum_post_size = bytes;
        self
    }

    /// How long the body of a POST may be behind 240 bytes a second. Default
    /// 5 s; one that stops or trickles is answered 400, after what came of it was
    /// taken. Protects from requests that are begun and never finished. The time
    /// in which the hub is busy does not count.
    #[must_use]
    pub fn post_stall_timeout(mut self, timeout: Duration) -> Self {
        self.post_stall_timeout = timeout;
        self
    }

    /// Whether clients that ask for it may go on with a new WebSocket when
    /// theirs is cut, as if nothing had happened: what the other side may have
    /// missed is sent again. Default false, since it keeps what was sent until
    /// it is acknowledged, and clients that are gone for the
    /// [`disconnect_timeout`](Self::disconnect_timeout).
    #[must_use]
    pub fn allow_stateful_reconnects(mut self, allow: bool) -> Self {
        self.allow_stateful_reconnects = allow;
        self
    }

    /// How many bytes are kept for one client with stateful reconnect until it
    /// acknowledges them. Default 100,000. Beyond, sending waits; when no
    /// acknowledgement comes for 5 s, the connection ends.
    #[must_use]
    pub fn stateful_reconnect_buffer_size(mut self, bytes: usize) -> Self {
        self.stateful_reconnect_buffer_size = bytes;
        self
    }

    /// The values of `Origin` that may use the hub, compared byte for byte;
    /// others get 403, for negotiation and every transport alike. Requests
    /// without the header pass. Default: none named, every origin passes.
    ///
    /// Browsers let any page open a WebSocket to any server, and send it the
    /// user's cookies, so a server that trusts cookies has to name its origins:
    /// its own, too, for browsers send it with POSTs and WebSockets even to the
    /// page's own server. It protects users of browsers from other sites' pages
    /// and is no authentication: everybody else sends what `Origin` they like.
    ///
    /// Whether a page of another site may read the answers is the affair of
    /// CORS headers, which a layer in front of the hub adds: it has to allow
    /// credentials, and the headers `authorization`, `content-type`,
    /// `x-requested-with` and `x-signalr-user-agent`, and to answer preflight
    /// requests itself. WebSockets know no CORS.
    ///
    /// ```
    /// use hub_server::HubOptions;
    ///
    /// let options = HubOptions::new().allowed_origins(["https://example.org"]);
    /// ```
    #[must_use]
    pub fn allowed_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Lets only requests with a [`Principal`] use the hub, whoever it is.
    /// Others are answered 401, negotiation and every transport request alike.
    /// Default: anybody may.
    #[must_use]
    pub fn require_authentication(mut self) -> Self {
        self.authorization.require();
        self
    }

    /// Lets only users whom `allowed` accepts use the hub. Asked for negotiation
    /// and every transport request, before anything else: a request without a
    /// [`Principal`] is answered 401, one of another user 403. Several policies
    /// must all agree. Runs on the request's own task, so it should not block.
    ///
    /// Single methods are protected by
    /// [`HubMethods::authorize`](crate::HubMethods::authorize).
    ///
    /// ```
    /// use hub_server::HubOptions;
    ///
    /// let options = HubOptions::new().authorize(|user| user.has_claim("role", "admin"));
    /// ```
    #[must_use]
    pub fn authorize(
        mut self,
        allowed: impl Fn(&Principal) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.authorization.add(Arc::new(allowed));
        self
    }

    /// Whether a connection ends when its user's authentication
    /// [expires](Principal::expires_at). Default false: it is looked at when a
    /// request arrives, and a WebSocket makes only one. The client is told to
    /// reconnect, for which it gets a new token.
    #[must_use]
    pub fn close_on_authentication_expiration(mut self, close: bool) -> Self {
        self.close_on_authentication_expiration = close;
        self
    }

    /// Lets the hub's connections end in good order when the server stops, at
    /// the command of this handle. Default none: they are cut with the process.
    #[must_use]
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }
}
