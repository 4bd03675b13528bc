//! Options of a connection, each with its default.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use hub_core::connection::Settings;
use hub_core::protocol::{HubProtocol, JsonProtocol};
use url::Url;

use crate::reconnect::{DEFAULT_DELAYS, ReconnectPolicy};
use crate::tls::Tls;
use crate::{BoxError, BuildError, HubConnection};

/// Makes a [`HubConnection`]. Every option has a default.
#[must_use = "a builder does nothing until `build`"]
pub struct HubConnectionBuilder {
    url: String,
    headers: Vec<(String, String)>,
    options: Options,
}

/// What a connection is made with.
pub(crate) struct Options {
    pub(crate) protocol: Arc<dyn HubProtocol>,
    pub(crate) reconnect: Option<Box<dyn ReconnectPolicy>>,
    pub(crate) access_token: Option<AccessTokenProvider>,
    pub(crate) headers: HeaderMap,
    pub(crate) skip_negotiation: bool,
    pub(crate) tls: Tls,
    pub(crate) settings: Settings,
    pub(crate) request_timeout: Duration,
    pub(crate) close_timeout: Duration,
    pub(crate) send_buffer_size: usize,
    pub(crate) receive_buffer_size: usize,
}

type TokenFuture = Pin<Box<dyn Future<Output = Result<String, BoxError>> + Send>>;
pub(crate) type AccessTokenProvider = Box<dyn Fn() -> TokenFuture + Send + Sync>;

impl HubConnectionBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            headers: Vec::new(),
            options: Options::default(),
        }
    }

    /// How messages are encoded: [`JsonProtocol`] (the default) or
    /// [`MessagePackProtocol`](crate::MessagePackProtocol).
    pub fn protocol(mut self, protocol: impl HubProtocol) -> Self {
        self.options.protocol = Arc::new(protocol);
        self
    }

    /// Connects again when the connection is lost: at once, then after 2, 10
    /// and 30 seconds, then gives up. Off by default. The first start is never
    /// repeated.
    pub fn automatic_reconnect(self) -> Self {
        self.reconnect_policy(DEFAULT_DELAYS)
    }

    /// Connects again when the connection is lost, as `policy` says.
    pub fn reconnect_policy(mut self, policy: impl ReconnectPolicy) -> Self {
        self.options.reconnect = Some(Box::new(policy));
        self
    }

    /// Where access tokens come from, to be sent as bearer tokens. Asked before
    /// each negotiate request, or before each WebSocket when negotiation is
    /// skipped. An empty token is not sent.
    ///
    /// ```
    /// # use hub_client::HubConnection;
    /// let connection = HubConnection::builder("http://localhost:5000/chat")
    ///     .access_token_provider(|| async { Ok::<_, std::io::Error>("secret".to_owned()) })
    ///     .build()?;
    /// # Ok::<(), hub_client::BuildError>(())
    /// ```
    pub fn access_token_provider<F, O, E>(mut self, provider: F) -> Self
    where
        F: Fn() -> O + Send + Sync + 'static,
        O: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.options.access_token = Some(Box::new(move || {
            let token = provider();
            Box::pin(async move { token.await.map_err(Into::into) })
        }));
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Whether to open the WebSocket without asking first. Saves a round trip;
    /// the connection's id is then unknown. Off by default.
    pub fn skip_negotiation(mut self, skip: bool) -> Self {
        self.options.skip_negotiation = skip;
        self
    }

    /// How to speak TLS: which certificates to trust, which to show. By default
    /// those are trusted that the system trusts. Used for requests and
    /// WebSockets alike; leave its ALPN protocols empty.
    #[cfg(feature = "rustls")]
    pub fn tls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.options.tls = Tls::new(config);
        self
    }

    /// How long the server may be silent before the connection counts as lost;
    /// 30 s. Should be at least twice the server's keep-alive interval.
    pub fn server_timeout(mut self, timeout: Duration) -> Self {
        self.options.settings.peer_timeout = Some(timeout);
        self
    }

    /// After what time without sending anything to send a ping; 15 s, at least
    /// 1 ms. Should be at most half of the server's client timeout.
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        self.options.settings.keep_alive_interval = Some(interval);
        self
    }

    /// How long the server may take to answer the handshake; 15 s.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.options.settings.handshake_timeout = timeout;
        self
    }

    /// How long the server may take to answer a negotiate request, and to
    /// accept a WebSocket; 100 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = timeout;
        self
    }

    /// How long `stop` tries to say goodbye before it gives up; 5 s.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.options.close_timeout = timeout;
        self
    }

    /// The longest message of the server in bytes; 16 MiB. A longer one ends
    /// the connection. Bounds what one message can take from the memory.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.options.settings.max_message_size = bytes;
        self
    }

    /// How many bytes of messages may wait to be written; 1 MiB. While it is
    /// full, `send`, `invoke` and `stream` wait. A longer message waits until
    /// it is alone.
    pub fn send_buffer_size(mut self, bytes: usize) -> Self {
        self.options.send_buffer_size = bytes;
        self
    }

    /// How many bytes of the server's calls and stream items may wait for
    /// handlers and streams; 4 MiB, each message counting 128 bytes more than
    /// it has. While it is full nothing is read, so that the server has to wait;
    /// if nothing is taken for the server timeout, the connection ends with
    /// [`ConnectionEnd::ReceiveBufferFull`](crate::ConnectionEnd::ReceiveBufferFull).
    /// One message may exceed it.
    pub fn receive_buffer_size(mut self, bytes: usize) -> Self {
        self.options.receive_buffer_size = bytes;
        self
    }

    /// A connection with these options, not started.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(self) -> Result<HubConnection, BuildError> {
        let Self {
            url,
            headers,
            mut options,
        } = self;
        let url = parse_url(&url)?;
        options.headers = parse_headers(headers)?;
        options
            .tls
            .prepare(matches!(url.scheme(), "https" | "wss"))?;
        HubConnection::new(url, options)
    }
}

impl Default for Options {
    fn default() -> Self {
        let mut settings = Settings::default();
        settings.max_message_size = 16 * 1024 * 1024;
        Self {
            protocol: Arc::new(JsonProtocol),
            reconnect: None,
            access_token: None,
            headers: HeaderMap::new(),
            skip_negotiation: false,
            tls: Tls::default(),
            settings,
            request_timeout: Duration::from_secs(100),
            close_timeout: Duration::from_secs(5),
            send_buffer_size: 1024 * 1024,
            receive_buffer_size: 4 * 1024 * 1024,
        }
    }
}

/// A URL that this client can connect to.
pub(crate) fn parse_url(text: &str) -> Result<Url, BuildError> {
    let invalid = |cause: String| BuildError::Url {
        url: text.to_owned(),
        cause,
    };
    let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
    if !Tls::SCHEMES.contains(&url.scheme()) {
        return Err(BuildError::Scheme {
            scheme: url.scheme().to_owned(),
        });
    }
    if url.host().is_none() {
        return Err(invalid("there is no host".into()));
    }
    Ok(url)
}

/// The user's headers and the client's own, which the user's replace.
fn parse_headers(headers: Vec<(String, String)>) -> Result<HeaderMap, BuildError> {
    let mut map = HeaderMap::new();
    let agent = concat!("hub-client/", env!("CARGO_PKG_VERSION"));
    map.insert(http::header::USER_AGENT, HeaderValue::from_static(agent));
    // Tells servers to answer with a status instead of a login page.
    map.insert(
        "x-requested-with",
        HeaderValue::from_static("XMLHttpRequest"),
    );
    for (name, value) in headers {
        let parsed = HeaderName::try_from(&name)
            .ok()
            .zip(HeaderValue::try_from(value).ok());
        let (key, value) = parsed.ok_or(BuildError::Header { name })?;
        map.insert(key, value);
    }
    Ok(map)
}

/// Shows no URL, no header and no token: they may hold secrets.
impl fmt::Debug for HubConnectionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubConnectionBuilder")
            .field("protocol", &self.options.protocol)
            .field("settings", &self.options.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_cannot_work_are_refused() {
        assert!(matches!(parse_url("/chat"), Err(BuildError::Url { .. })));
        assert!(matches!(
            parse_url("ftp://host/chat"),
            Err(BuildError::Scheme { scheme }) if scheme == "ftp"
        ));
        assert!(parse_url("http://localhost:5000/chat").is_ok());
    }

    #[test]
    fn headers_are_checked_and_may_replace_ours() {
        let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let map = parse_headers(header("User-Agent", "mine")).unwrap();
        assert_eq!(map["user-agent"], "mine");
        assert!(matches!(
            parse_headers(header("a b", "x")),
            Err(BuildError::Header { name }) if name == "a b"
        ));
        assert!(parse_headers(header("a", "x\ny")).is_err());
    }
}
