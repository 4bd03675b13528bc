use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::leaving::Counted;
use super::origin::Origin;
use super::request::{NotUpgradable, UpgradeRequest, offered_extensions, offered_subprotocols};
use super::{WebSocket, WebSocketOptions};
use crate::Shutdown;

/// Extracts a request that opens a WebSocket; any other request gets 400.
///
/// Use it on an [`any`](axum::routing::any) route: WebSockets over HTTP/2 come
/// with the method CONNECT.
///
/// ```no_run
/// use axum::{Router, response::Response, routing::any};
/// use hub_server::websocket::{WebSocketOptions, WebSocketUpgrade};
///
/// async fn greet(upgrade: WebSocketUpgrade) -> Response {
///     upgrade
///         .options(WebSocketOptions::default().max_message_size(4096))
///         .on_upgrade(|mut socket| async move {
///             socket.send("hello".into()).await.ok();
///             while let Some(Ok(message)) = socket.recv().await {
///                 println!("{message:?}");
///             }
///         })
/// }
///
/// let app: Router = Router::new().route("/greet", any(greet));
/// ```
#[derive(Debug)]
#[must_use = "the request is refused unless `on_upgrade` is called"]
pub struct WebSocketUpgrade {
    request: UpgradeRequest,
    options: WebSocketOptions,
    origin: Origin,
    offered: Vec<Box<str>>,
    subprotocol: Option<Box<str>>,
    extensions: Vec<HeaderValue>,
}

impl WebSocketUpgrade {
    /// Limits and times; the default is [`WebSocketOptions::default`].
    ///
    /// # Panics
    /// When they do not fit each other; see [`WebSocketOptions::validate`].
    pub fn options(mut self, options: WebSocketOptions) -> Self {
        options.expect_valid();
        self.options = options;
        self
    }

    /// The subprotocols that the client offers, in its order of preference.
    pub fn offered_subprotocols(&self) -> impl Iterator<Item = &str> {
        self.offered.iter().map(AsRef::as_ref)
    }

    /// Agrees on the first of `supported` that the client offers, if there is one.
    /// Without an agreement browsers end the connection if they had offered some.
    pub fn subprotocols<I>(mut self, supported: I) -> Self
    where
        I: IntoIterator<Item: Into<Cow<'static, str>>>,
    {
        self.subprotocol = supported
            .into_iter()
            .map(Into::into)
            .find(|name| self.offered.iter().any(|offer| **offer == **name))
            .map(|name| name.into_owned().into());
        self
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn selected_subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Opens the WebSocket and runs `handler` with it on a task of its own; or
    /// refuses, with 403, an origin that the options do not allow, and with 503
    /// everything once the server stops.
    ///
    /// `handler` is not called if the connection breaks before the answer is sent.
    /// It runs to its end, unless a [`Shutdown`](crate::Shutdown) loses patience
    /// with it.
    pub fn on_upgrade<F, Fut>(self, handler: F) -> Response
    where
        F: FnOnce(WebSocket) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        if !self.origin.is_allowed(&self.options.allowed_origins) {
            return StatusCode::FORBIDDEN.into_response();
        }
        let shutdown = self.options.shutdown.clone();
        if shutdown.as_ref().is_some_and(Shutdown::has_begun) {
            return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response();
        }
        // An offer comes out of a header, and so fits one.
        let name = self.subprotocol.as_deref();
        let header = name.and_then(|name| HeaderValue::from_str(name).ok());
        let compression = self.options.compression.agree(&self.extensions);
        let (response, pending) = self.request.accept(header, compression.as_ref());
        let (options, subprotocol) = (self.options, self.subprotocol);
        let counted = shutdown.as_ref().map(Counted::enter);
        let membership = counted.as_ref().map(|counted| counted.membership().clone());
        let task = async move {
            match pending.complete().await {
                Ok(io) => {
                    let socket = WebSocket::open(io, &options, counted, compression.as_ref());
                    drop(options);
                    handler(socket.with_subprotocol(subprotocol)).await;
                }
                Err(error) => tracing::debug!(%error, "a WebSocket was not opened"),
            }
        };
        match shutdown.zip(membership) {
            Some((shutdown, membership)) => shutdown.spawn(membership, task),
            None => drop(tokio::spawn(task)),
        }
        response
    }
}

impl<S: Sync> FromRequestParts<S> for WebSocketUpgrade {
    type Rejection = NotUpgradable;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self {
            request: UpgradeRequest::detect(parts)?,
            options: WebSocketOptions::default(),
            origin: Origin::of(&parts.headers),
            offered: offered_subprotocols(&parts.headers)
                .map(Into::into)
                .collect(),
            subprotocol: None,
            extensions: offered_extensions(&parts.headers).cloned().collect(),
        })
    }
}

impl IntoResponse for NotUpgradable {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}
