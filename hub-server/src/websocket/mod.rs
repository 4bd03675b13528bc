//! WebSockets on any axum route, without a hub.
//!
//! [`WebSocketUpgrade`] is the extractor, [`WebSocket`] what comes of it. The same
//! handler serves HTTP/1.1 and HTTP/2 (RFC 8441), with or without TLS. Messages can
//! be compressed (RFC 7692), which is off unless the options say otherwise and needs
//! the feature `deflate`, on by default.
//!
//! ```no_run
//! use axum::{Router, response::Response, routing::any};
//! use hub_server::websocket::{WebSocket, WebSocketError, WebSocketUpgrade};
//!
//! async fn echo(mut socket: WebSocket) -> Result<(), WebSocketError> {
//!     while let Some(message) = socket.recv().await {
//!         let message = message?;
//!         if message.is_data() {
//!             socket.send(message).await?;
//!         }
//!     }
//!     Ok(())
//! }
//!
//! async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(|socket| async {
//!         if let Err(error) = echo(socket).await {
//!             eprintln!("{error}");
//!         }
//!     })
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let app = Router::new().route("/echo", any(upgrade));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```

pub(crate) mod channel;
#[cfg(feature = "deflate")]
mod compression_options;
mod error;
mod inbox;
mod keep_alive;
mod leaving;
mod options;
mod outbox;
mod sending;
mod sink;
mod socket;
mod stall;
mod upgrade;
mod upgraded_io;

#[cfg_attr(not(feature = "deflate"), path = "no_compression.rs")]
pub(crate) mod compression;
pub(crate) mod origin;
pub(crate) mod request;
pub(crate) mod scratch;

pub use error::WebSocketError;
#[cfg(feature = "deflate")]
pub use hub_core::websocket::deflate::{DeflateOptions, DeflateParameters, WindowBits};
pub use hub_core::websocket::handshake::NotWebSocket;
pub use hub_core::websocket::{CloseCode, CloseFrame, Message, MessageKind, ProtocolError};
pub use options::{InvalidWebSocketOptions, WebSocketOptions};
pub use request::NotUpgradable;
pub use socket::{Fragment, WebSocket};
pub use upgrade::WebSocketUpgrade;
pub use upgraded_io::UpgradedIo;
