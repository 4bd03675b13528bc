//! The handle that applications hold.

use std::future::Future;
use std::sync::{Arc, Weak};

use hub_core::{ConnectionId, EncodeArguments, EncodedValue, Encoding, Outcome};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use crate::builder::Options;
use crate::handler::Handler;
use crate::session::{Answer, Reply, Session};
use crate::shared::{Handle, Shared};
use crate::{
    BuildError, ConnectionEnd, HubConnectionBuilder, HubConnectionState, HubStream, InvokeError,
    Registration, SendError, ServerError, StartError, task,
};

/// A connection to a hub.
///
/// Cloning is cheap and gives another handle on the same connection. When the
/// last one is dropped, [`HubStream`]s included, the connection is stopped. A
/// handler that holds a clone keeps the connection alive until it is removed
/// or [`stop`](Self::stop) is called; let it hold a
/// [`downgrade`](Self::downgrade) instead.
#[derive(Clone, Debug)]
pub struct HubConnection {
    handle: Arc<Handle>,
}

impl HubConnection {
    /// Begins to describe a connection to the hub at `url`, such as
    /// `http://localhost:5000/chat`.
    pub fn builder(url: impl Into<String>) -> HubConnectionBuilder {
        HubConnectionBuilder::new(url.into())
    }

    pub(crate) fn new(url: Url, options: Options) -> Result<Self, BuildError> {
        let client = reqwest::Client::builder().timeout(options.request_timeout);
        let http = options
            .tls
            .set_up(client)
            .build()
            .map_err(|error| BuildError::HttpClient(error.into()))?;
        let shared = Arc::new(Shared::new(url, options, http));
        Ok(Self {
            handle: Arc::new(Handle { shared }),
        })
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    fn session(&self) -> Result<Arc<Session>, SendError> {
        self.shared().session().ok_or(SendError::NotConnected)
    }

    /// Connects: done when calls can be made. May be called again after the
    /// connection was closed.
    ///
    /// Dropping the future abandons the attempt.
    ///
    /// # Errors
    /// See [`StartError`]. A failed start is not repeated, not even with
    /// automatic reconnect.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(&self) -> Result<(), StartError> {
        let run = self.shared().begin()?;
        let (started, outcome) = oneshot::channel();
        let shared = Arc::clone(&self.handle.shared);
        tokio::spawn(task::run(shared, run, started));
        outcome.await.unwrap_or(Err(StartError::Stopped))
    }

    /// Closes the connection, or abandons the attempt to make one: done when
    /// it is closed. What was sent before is written first, within the
    /// [`close_timeout`](HubConnectionBuilder::close_timeout). Calls that wait
    /// fail at once.
    ///
    /// Handlers of calls that had arrived may still run when it returns, so
    /// that it can be called from within a handler. Dropping the future does
    /// not undo it. Without a connection it does nothing.
    pub async fn stop(&self) {
        if let Some(done) = self.shared().request_stop() {
            done.cancelled().await;
        }
    }

    /// What the connection is doing.
    #[must_use]
    pub fn state(&self) -> HubConnectionState {
        self.shared().state()
    }

    /// The connection's public id. `None` when it is not connected and when
    /// negotiation is skipped. A reconnect brings a new one.
    #[must_use]
    pub fn connection_id(&self) -> Option<ConnectionId> {
        self.shared().connection_id()
    }

    /// Calls `handler` when the server calls `method`.
    ///
    /// Method names are compared without regard to ASCII case, as the
    /// JavaScript client does. Several handlers of one method are run in the
    /// order of their registration. Handlers may be added and removed at any
    /// time and outlast reconnects.
    ///
    /// See [`Handler`] for what can be one, and the [crate](crate#order) for
    /// the order in which handlers run. If the server waits for an answer, it
    /// is told what the handler gives; an error if it gives nothing, an error,
    /// or if two handlers give values.
    ///
    /// ```
    /// # use hub_client::HubConnection;
    /// # let connection = HubConnection::builder("http://localhost:5000/chat").build()?;
    /// connection.on("ReceiveMessage", |user: String, text: String| async move {
    ///     println!("{user}: {text}");
    /// });
    /// let confirm = connection.on("Confirm", |question: String| async move {
    ///     question.ends_with('?') // the answer to the server
    /// });
    /// confirm.remove();
    /// # Ok::<(), hub_client::BuildError>(())
    /// ```
    pub fn on<M>(&self, method: &str, handler: impl Handler<M>) -> Registration {
        let handlers = &self.shared().handlers;
        let id = handlers.add(method, handler);
        let (handlers, method) = (Arc::downgrade(handlers), method.to_owned());
        Registration::new(move || {
            if let Some(handlers) = handlers.upgrade() {
                handlers.remove(&method, id);
            }
        })
    }

    /// Removes all handlers of `method`.
    pub fn off(&self, method: &str) {
        self.shared().handlers.remove_all(method);
    }

    /// Calls `callback` when the connection is closed for good: stopped, lost
    /// without automatic reconnect, or given up. A failed
    /// [`start`](Self::start) is not a close.
    ///
    /// Callbacks run one after the other in the order of what happened, beside
    /// the handlers.
    pub fn on_closed<F, O>(&self, callback: F) -> Registration
    where
        F: Fn(ConnectionEnd) -> O + Send + Sync + 'static,
        O: Future<Output = ()> + Send + 'static,
    {
        self.shared().lifecycle.closed.register(callback)
    }

    /// Calls `callback` when the connection is lost and automatic reconnect
    /// begins. Calls that waited have failed by then.
    pub fn on_reconnecting<F, O>(&self, callback: F) -> Registration
    where
        F: Fn(ConnectionEnd) -> O + Send + Sync + 'static,
        O: Future<Output = ()> + Send + 'static,
    {
        self.shared().lifecycle.reconnecting.register(callback)
    }

    /// Calls `callback` with the new id (`None` when negotiation is skipped)
    /// when automatic reconnect succeeded. To the server it is another
    /// connection: join groups again here.
    pub fn on_reconnected<F, O>(&self, callback: F) -> Registration
    where
        F: Fn(Option<ConnectionId>) -> O + Send + Sync + 'static,
        O: Future<Output = ()> + Send + 'static,
    {
        self.shared().lifecycle.reconnected.register(callback)
    }

    /// Calls `method` and waits for its result. `arguments` is a tuple of what
    /// serde can serialize: `(1, "two")`, `("one",)`, `()`. A method without a
    /// result gives `()`.
    ///
    /// Dropping the future cancels the call: the server is told so, and stops
    /// the method if the method takes part in that.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke<T>(
        &self,
        method: &str,
        arguments: impl EncodeArguments,
    ) -> Result<T, InvokeError>
    where
        T: DeserializeOwned,
    {
        let session = self.session()?;
        let (reply, answer) = oneshot::channel();
        let (mut call, record) = session.call(method, &arguments, Reply::Single(reply))?;
        drop(arguments);
        call.send(record).await?;
        let answer = answer
            .await
            .unwrap_or(Answer::ConnectionEnded(ConnectionEnd::Stopped));
        result(answer)
    }

    /// Calls `method` without waiting for it: done when the message has its
    /// place in the send buffer. Whether the method ran, or failed, is never
    /// known; see [`invoke`](Self::invoke) for `arguments`.
    ///
    /// Messages are sent in the order in which `send` and the other calls
    /// return or begin to wait for an answer.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn send(
        &self,
        method: &str,
        arguments: impl EncodeArguments,
    ) -> Result<(), SendError> {
        self.session()?.send(method, arguments).await
    }

    /// Calls a `method` that answers with a stream: done when the message has
    /// its place in the send buffer; see [`invoke`](Self::invoke) for
    /// `arguments`. Whether the method exists is told by the first item.
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn stream<T>(
        &self,
        method: &str,
        arguments: impl EncodeArguments,
    ) -> Result<HubStream<T>, SendError>
    where
        T: DeserializeOwned,
    {
        let session = self.session()?;
        let (events, received) = mpsc::unbounded_channel();
        let (mut call, record) = session.call(method, &arguments, Reply::Stream(events))?;
        drop(arguments);
        call.send(record).await?;
        Ok(HubStream::new(received, call, Arc::clone(&self.handle)))
    }

    /// A handle that does not keep the connection alive, for handlers.
    #[must_use]
    pub fn downgrade(&self) -> WeakHubConnection {
        WeakHubConnection {
            handle: Arc::downgrade(&self.handle),
        }
    }
}

/// A handle on a [`HubConnection`] that does not keep it alive.
#[derive(Clone, Debug)]
pub struct WeakHubConnection {
    handle: Weak<Handle>,
}

impl WeakHubConnection {
    /// The connection, unless all its handles were dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<HubConnection> {
        let handle = self.handle.upgrade()?;
        Some(HubConnection { handle })
    }
}

fn result<T: DeserializeOwned>(answer: Answer) -> Result<T, InvokeError> {
    match answer {
        Answer::Completed(Outcome::Value(value)) => value.decode().map_err(InvokeError::Decode),
        // A server may leave out the result of a method without one.
        Answer::Completed(Outcome::Empty) => EncodedValue::new(Encoding::Json, &b"null"[..])
            .decode()
            .map_err(InvokeError::Decode),
        Answer::Completed(Outcome::Error(error)) => {
            Err(InvokeError::Server(ServerError::new(error)))
        }
        Answer::Streaming => Err(InvokeError::Streaming),
        Answer::ConnectionEnded(end) => Err(InvokeError::ConnectionEnded(end)),
    }
}
