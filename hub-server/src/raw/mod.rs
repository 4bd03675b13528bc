//! Raw connections: bytes in both directions over any of the transports that
//! hubs use, with the same negotiation and without the hub protocol.
//!
//! For protocols of one's own that should get through wherever hubs do: where a
//! proxy lets no WebSocket pass, Server-Sent Events or long polling carry the
//! bytes. A handler is an async function that is given each connection; the
//! connection ends when the handler drops it, which it does when it returns.
//! Where WebSockets are all that is needed,
//! [`websocket`](crate::websocket) is the thinner layer, which knows messages.
//!
//! ```no_run
//! use axum::Router;
//! use hub_server::raw::{RawConnection, RawRouterExt};
//!
//! async fn echo(mut connection: RawConnection) {
//!     while let Some(bytes) = connection.recv().await {
//!         if connection.send(bytes).await.is_err() {
//!             return;
//!         }
//!     }
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let app = Router::new().connection_handler("/echo", echo);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! # What a transport makes of the bytes
//!
//! In both directions bytes arrive in order and none is lost while the
//! connection lasts; boundaries may move, as with TCP. Each
//! [`send`](RawSender::send) is one WebSocket message or one event, and the
//! answer to a poll carries all that waits.
//!
//! Server-Sent Events carry text: what is sent over them should be UTF-8, and
//! every end of a line in it arrives as a line feed. For binary protocols leave
//! that transport out ([`RawConnectionOptions::transports`]).

mod connection;
mod endpoint;
mod framing;
mod mount;
mod options;
mod pipe;
mod task;

pub(crate) use endpoint::{NewRawConnection, RawEndpoint};

pub use connection::{ConnectionClosed, RawConnection, RawReceiver, RawSender};
pub use hub_core::TransferFormat;
pub use mount::RawRouterExt;
pub use options::RawConnectionOptions;
