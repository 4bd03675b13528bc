use axum::body::Body;
use axum::response::Response;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use hub_core::websocket::handshake::{self, AcceptKey, NotWebSocket};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;

use super::UpgradedIo;

use super::compression::Agreed;

/// A request that opens a WebSocket and waits for its answer.
#[derive(Debug)]
pub(crate) struct UpgradeRequest {
    /// Present on HTTP/1.1 only.
    accept: Option<AcceptKey>,
    on_upgrade: OnUpgrade,
}

impl UpgradeRequest {
    /// Whether the request opens a WebSocket: an HTTP/1.1 upgrade (RFC 6455
    /// section 4.2.1) or an HTTP/2 extended CONNECT (RFC 8441). On success the
    /// connection is taken out of the request's extensions.
    pub(crate) fn detect(parts: &mut Parts) -> Result<Self, NotUpgradable> {
        let headers = &parts.headers;
        let method = parts.method.as_str();
        let values = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
        let accept = if parts.version >= Version::HTTP_2 {
            let protocol = parts.extensions.get::<Protocol>().map(Protocol::as_str);
            handshake::accept_connect(method, protocol, values)?;
            None
        } else {
            Some(handshake::accept_upgrade(method, values)?)
        };
        let on_upgrade = parts.extensions.remove().ok_or(NotUpgradable::Connection)?;
        Ok(Self { accept, on_upgrade })
    }

    /// The answer that opens the WebSocket, and the connection, which is there
    /// once the answer is on its way.
    pub(crate) fn accept(
        self,
        subprotocol: Option<HeaderValue>,
        compression: Option<&Agreed>,
    ) -> (Response, PendingUpgrade) {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        if let Some(subprotocol) = subprotocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
        }
        if let Some(compression) = compression {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, compression.header_value());
        }
        if let Some(accept) = self.accept {
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_ACCEPT, header_value(&accept));
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        }
        (response, PendingUpgrade(self.on_upgrade))
    }
}

/// The subprotocols that a request offers, in its order of preference.
pub(crate) fn offered_subprotocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    handshake::subprotocols(values.filter_map(|value| value.to_str().ok()))
}

/// The extensions that a request offers.
pub(crate) fn offered_extensions(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(SEC_WEBSOCKET_EXTENSIONS).iter()
}

fn header_value(accept: &AcceptKey) -> HeaderValue {
    HeaderValue::from_str(accept.as_str()).expect("base64 fits a header")
}

/// A connection that becomes a WebSocket when its answer is sent.
#[derive(Debug)]
pub(crate) struct PendingUpgrade(OnUpgrade);

impl PendingUpgrade {
    /// The connection. What the HTTP layer has read beyond the request comes first
    /// out of it, and the buffer that holds it is freed by the first read.
    ///
    /// # Errors
    /// When the connection failed before the answer was sent.
    pub(crate) async fn complete(self) -> hyper::Result<UpgradedIo> {
        self.0.await.map(UpgradedIo::new)
    }
}

/// Why a request cannot become a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotUpgradable {
    /// It does not ask for one.
    #[error("not a WebSocket request: {0}")]
    Request(#[from] NotWebSocket),
    /// The server that carries the route does not let go of its connection.
    #[error("the connection cannot be upgraded")]
    Connection,
}
