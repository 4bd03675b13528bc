//! What a hub is: a shared value, its methods, and what happens when
//! connections come and go.

use std::fmt;
use std::future::Future;

use crate::clients::HubClient;
use crate::dispatch::{Method, MethodTable};
use crate::{HubCaller, HubError};

/// A hub: one shared value whose methods clients call.
///
/// One value serves every connection, so its state is behind `&self` and
/// shared. Methods begin on the task of their connection and go on in one of
/// their own: work that blocks a thread belongs into `spawn_blocking`. `#[hub]` writes this implementation from an ordinary `impl` block;
/// by hand it looks like this:
///
/// ```
/// use hub_server::{AnyClient, Hub, HubCaller, HubError, HubMethods};
///
/// struct Chat;
///
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// async fn send_message(caller: HubCaller<Chat>, text: String) -> Result<(), HubError> {
///     Ok(caller.clients().all().send("ReceiveMessage", (text,)).await?)
/// }
///
/// impl Hub for Chat {
///     type Client = AnyClient;
///     type Data = ();
///
///     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
///         methods.method("Add", add).method("SendMessage", send_message)
///     }
/// }
/// ```
pub trait Hub: Sized + Send + Sync + 'static {
    /// What the server may call on its clients: a type made by
    /// `#[hub_client]`, or [`AnyClient`](crate::AnyClient) for calls by name.
    type Client: HubClient;

    /// Data that belongs to one connection, made when it opens.
    type Data: Default + Send + Sync + 'static;

    /// Registers the methods that clients may call.
    fn methods(methods: HubMethods<Self>) -> HubMethods<Self>;

    /// Runs after the handshake, before any of the client's messages. An error
    /// ends the connection.
    fn on_connected(
        &self,
        caller: &HubCaller<Self>,
    ) -> impl Future<Output = Result<(), HubError>> + Send {
        let _ = caller;
        async { Ok(()) }
    }

    /// Runs once after the connection has ended, if
    /// [`on_connected`](Self::on_connected) succeeded. Methods of the connection
    /// may still be running. An error is logged.
    fn on_disconnected(
        &self,
        caller: &HubCaller<Self>,
        reason: &DisconnectReason,
    ) -> impl Future<Output = Result<(), HubError>> + Send {
        let _ = (caller, reason);
        async { Ok(()) }
    }
}

/// The methods of a hub while they are being registered.
///
/// A method is an async function, or a function that returns a stream. Its
/// parameters are recognised by their types: [`HubCaller`], [`HubRef`],
/// [`CancellationToken`](crate::CancellationToken) and
/// [`StreamArg`](crate::StreamArg) come from the framework, every other one is
/// an argument that the client sends, bound by position and count.
pub struct HubMethods<H: Hub> {
    pub(crate) table: MethodTable<H>,
}

impl<H: Hub> HubMethods<H> {
    pub(crate) fn new() -> Self {
        Self {
            table: MethodTable::new(),
        }
    }

    /// Registers `function` under `name`. Clients may write the name in any
    /// case.
    ///
    /// # Panics
    /// When the name is taken, in any case: there is no overloading.
    #[must_use]
    pub fn method<M, F: Method<H, M>>(mut self, name: &'static str, function: F) -> Self {
        self.table.insert(name, function.into_entry());
        self
    }

    /// Lets only callers whom `allowed` accepts call the method registered last.
    /// Others are told that they are unauthorized; their connection stays.
    ///
    /// # Panics
    /// When no method has been registered yet.
    #[must_use]
    pub fn authorize(
        mut self,
        allowed: impl Fn(&HubCaller<H>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.table.authorize_last(Box::new(allowed));
        self
    }
}

impl<H: Hub> fmt::Debug for HubMethods<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.table.names()).finish()
    }
}

/// The hub itself, as a method's parameter.
pub struct HubRef<H>(pub(crate) std::sync::Arc<H>);

impl<H> std::ops::Deref for HubRef<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.0
    }
}

impl<H> Clone for HubRef<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H> fmt::Debug for HubRef<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubRef(..)")
    }
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client said goodbye or its transport ended in order.
    Closed,
    /// The client said goodbye with an error, in its own words.
    ClosedWithError(String),
    /// The client broke the protocol.
    Protocol(String),
    /// The client stayed silent for the client timeout interval.
    Timeout,
    /// The transport failed or was cut.
    TransportLost,
    /// The client did not read, so that a write took longer than the send
    /// timeout or its queue ran full.
    SlowReceiver,
    /// The application aborted the connection.
    Aborted,
    /// The user's authentication expired.
    AuthenticationExpired,
    /// The server is shutting down.
    Shutdown,
}

impl DisconnectReason {
    /// The error that ended the connection; `None` for an ordinary end, to
    /// which a lost transport, an abort, an expired authentication and a shutdown
    /// belong.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::ClosedWithError(error) | Self::Protocol(error) => Some(error),
            Self::Timeout => Some(
                "Client hasn't sent a message/ping within the configured ClientTimeoutInterval.",
            ),
            Self::Closed
            | Self::TransportLost
            | Self::SlowReceiver
            | Self::Aborted
            | Self::AuthenticationExpired
            | Self::Shutdown => None,
        }
    }
}
