//! A SignalR client: calls hub methods, receives calls of the server and
//! streams of both, over WebSockets, from ASP.NET Core SignalR and whatever
//! speaks its protocol.
//!
//! ```no_run
//! use hub_client::HubConnection;
//!
//! # async fn program() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = HubConnection::builder("http://127.0.0.1:5000/chat")
//!     .automatic_reconnect()
//!     .build()?;
//! connection.on("ReceiveMessage", |user: String, text: String| async move {
//!     println!("{user}: {text}")
//! });
//! connection.start().await?;
//!
//! let sum: i64 = connection.invoke("Add", (1, 2)).await?;
//! println!("1 + 2 = {sum}");
//!
//! let mut ticks = connection.stream::<u32>("Counter", (0, 10)).await?;
//! while let Some(tick) = ticks.next().await {
//!     println!("{}", tick?);
//! }
//! connection.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`HubConnection`] is a cheap handle; clone it to use the connection from
//! several tasks. One task behind it owns the socket and is the only one that
//! writes. A tokio runtime is needed.
//!
//! # Loss
//!
//! A connection counts as lost when its transport ends, when the server breaks
//! the protocol, and when nothing comes from the server for the
//! [`server_timeout`](HubConnectionBuilder::server_timeout). At that moment
//! every call and stream that waits fails with
//! [`InvokeError::ConnectionEnded`] or [`StreamError::ConnectionEnded`].
//! Without automatic reconnect the connection is then closed. With it, new
//! connections are tried as the [`ReconnectPolicy`] says, from the original URL
//! and with a fresh access token. Meanwhile calls fail at once; nothing is
//! queued for later and nothing is sent again. The new connection has a new id
//! and is in no group; what the server sent in between is lost. Handlers stay.
//!
//! A server that says goodbye decides itself whether clients may come back. A
//! [`start`](HubConnection::start) that fails is never repeated.
//!
//! # Cancellation
//!
//! Dropping a future or a stream is how to cancel: a dropped
//! [`invoke`](HubConnection::invoke) and a dropped [`HubStream`] tell the
//! server; a dropped [`start`](HubConnection::start) abandons the attempt; a
//! dropped [`send`](HubConnection::send) has sent its message whole or not at
//! all; a dropped [`stop`](HubConnection::stop) stops nevertheless.
//!
//! # Order
//!
//! Messages are written in the order in which the calls were made. Calls of the
//! server are handled in the order in which they came, one after the other: a
//! handler that waits holds up the others, but no answer and no stream, so that
//! it may call the server itself. Calls whose answer the server waits for are
//! the exception: they run beside the others. Handlers that panic are logged
//! and harm nobody.
//!
//! # Limits
//!
//! | What | Default | Builder method |
//! |---|---|---|
//! | a message of the server | 16 MiB | [`max_message_size`](HubConnectionBuilder::max_message_size) |
//! | messages that wait to be written | 1 MiB | [`send_buffer_size`](HubConnectionBuilder::send_buffer_size) |
//! | messages that wait for handlers and streams | 4 MiB | [`receive_buffer_size`](HubConnectionBuilder::receive_buffer_size) |
//! | time for the handshake | 15 s | [`handshake_timeout`](HubConnectionBuilder::handshake_timeout) |
//! | silence of the server | 30 s | [`server_timeout`](HubConnectionBuilder::server_timeout) |
//! | silence of the client | 15 s | [`keep_alive_interval`](HubConnectionBuilder::keep_alive_interval) |
//! | time for a request | 100 s | [`request_timeout`](HubConnectionBuilder::request_timeout) |
//! | time for a goodbye | 5 s | [`close_timeout`](HubConnectionBuilder::close_timeout) |
//!
//! A full buffer makes the other side wait; nothing is dropped.
//!
//! # Features
//!
//! * `rustls`: the schemes `https` and `wss`, with the certificates that the
//!   system trusts or a configuration of your own. Off by default.

mod builder;
mod driver;
mod error;
mod handler;
mod handlers;
mod hub_connection;
mod lifecycle;
mod link;
mod negotiate;
mod receive_buffer;
mod reconnect;
mod registration;
mod session;
mod shared;
mod state;
mod stream;
mod task;
mod tls;
mod transport;

pub use builder::HubConnectionBuilder;
pub use error::{
    BoxError, BuildError, ConnectError, ConnectionEnd, HandlerError, InvokeError, NegotiateError,
    SendError, ServerError, StartError, StreamError, TransportError,
};
pub use handler::{Handler, IntoAnswer};
pub use hub_connection::{HubConnection, WeakHubConnection};
pub use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};
pub use hub_core::{ConnectionId, DecodeError, EncodeArguments, EncodeError, ValueError};
pub use reconnect::{ReconnectContext, ReconnectPolicy};
pub use registration::Registration;
pub use state::HubConnectionState;
pub use stream::HubStream;
