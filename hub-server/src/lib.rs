//! Real-time hubs for axum, compatible on the wire with ASP.NET Core SignalR.
//!
//! A hub is a value with methods. Clients (browsers with the official
//! `@microsoft/signalr`, .NET, Java, Python, or the bundled Rust client) call
//! the methods over one connection, and the server calls them back: one, some,
//! a group, or all.
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
