//! Real-time hubs for axum, compatible on the wire with ASP.NET Core SignalR.
//!
//! A hub is a value with methods. Clients (browsers with the official
//! `@microsoft/signalr`, .NET, Java, Python, or the bundled Rust client) call
//! the methods over one connection, and the server calls them back: one, some,
//! a group, or all.
//!
//! ```no_run
//! use axum::Router;
//! use hub_server::{HubCaller, HubError, HubRouterExt, hub, hub_client};
//!
//! /// What the server may call on its clients: `ReceiveMessage(user, text)`.
//! #[hub_client]
//! trait ChatClient {
//!     async fn receive_message(&self, user: &str, text: &str);
//! }
//!
//! /// One value serves every connection.
//! struct Chat;
//!
//! #[hub(client = ChatClient)]
//! impl Chat {
//!     #[on_connected]
//!     async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
//!         caller.groups().add("lobby").await
//!     }
//!
//!     /// Clients call `SendMessage(room, text)`.
//!     async fn send_message(
//!         &self,
//!         caller: &HubCaller<Self>,
//!         room: String,
//!         text: String,
//!     ) -> Result<(), HubError> {
//!         if text.is_empty() {
//!             return Err(HubError::new("Say something."));
//!         }
//!         let user = caller.user_or_anonymous();
//!         caller.clients().group(room).receive_message(&user, &text).await
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let app = Router::new().hub("/chat", Chat);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
//!     axum::serve(listener, app).await
//! }
//! ```
//!
//! # Where to go next
//!
//! | | |
//! |---|---|
//! | what a method may take and return; hooks; who may call | [`#[hub]`](macro@hub) |
//! | typed calls of clients, and questions to them | [`#[hub_client]`](macro@hub_client) |
//! | who called; data of one connection | [`HubCaller`] |
//! | whom to send to; groups | [`Clients`], [`Groups`] |
//! | sends from request handlers and timers | [`HubContext`], from a [`HubService`] |
//! | streams that clients send | [`StreamArg`] |
//! | what a client is told of an error | [`HubError`] |
//! | users and their rights | [`Principal`] |
//! | limits, timeouts, transports, protocols | [`HubOptions`] |
//! | mounting: `hub`, `hub_with` | [`HubRouterExt`] |
//! | the end of a server | [`Shutdown`] |
//! | hubs without macros | [`Hub`], [`HubMethods`] |
//! | WebSockets without a hub | [`websocket`] |
//! | another encoding of messages | [`protocol`] |
//!
//! # How it works
//!
//! ```text
//!   client ──── negotiate, WebSocket ────► axum route
//!                                             │
//!     calls, streams, answers                 ▼
//!   ◄────────────────────────────► connection task ──► your hub's methods
//!                                             ▲
//!                        Clients, Groups, HubContext (from anywhere)
//! ```
//!
//! A hub route is an ordinary axum route: `nest`, `merge`, `with_state`, `layer`
//! and `fallback` behave as usual, and what a layer puts into the request's
//! extensions (a [`Principal`], say) is what the hub sees.
//!
//! # Ordering, cancellation, panics
//!
//! Plain calls of one client run one after the other unless
//! [`maximum_parallel_invocations`](HubOptions::maximum_parallel_invocations)
//! says otherwise; streams run beside them. What a method sends to its caller
//! arrives before the method's answer. A method runs to its end although the
//! client has gone; one that takes a [`CancellationToken`] learns of it. A
//! method that panics fails alone.

mod application;
mod authorization;
mod caller;
mod clients;
mod connection;
mod context;
mod dispatch;
mod error;
mod groups;
mod http;
mod hub;
mod lifetime;
mod mount;
mod options;
mod panics;
mod place;
pub mod protocol;
mod random;
pub mod raw;
mod registry;
mod shutdown;
mod slow_receiver;
mod transport;
mod user;
pub mod websocket;

pub use caller::HubCaller;
pub use clients::{AnyClient, ClientProxy, Clients, HubCallerClients, HubClient, Many, One, Reach};
pub use context::HubContext;
pub use dispatch::{Method, Output, Parameter, Returns, StreamArg, StreamOutput, via};
pub use error::{GroupError, HubError, InvokeError, SendError};
pub use groups::{CallerGroups, Groups};
pub use hub::{DisconnectReason, Hub, HubMethods, HubRef};
pub use mount::{HubRouterExt, HubService, IntoHubService};
pub use options::{HubOptions, InvalidOptions};
pub use place::{InHub, Outside, Place};
pub use shutdown::Shutdown;
pub use slow_receiver::{SlowReceiver, SlowReceiverCounts};
pub use user::{Principal, UserId};

pub use hub_core::negotiate::TransportKind;
pub use hub_core::{ConnectionId, EncodeArguments, EncodeError, Timestamp};
pub use hub_macros::{hub, hub_client};
pub use tokio_util::sync::CancellationToken;
