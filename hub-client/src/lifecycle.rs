//! Callbacks for what happens to a connection.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use hub_core::ConnectionId;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::ConnectionEnd;
use crate::registration::{Registration, Slots};

type CallbackFuture = Pin<Box<dyn Future<Output = ()> + Send>>;
type Callback<E> = dyn Fn(E) -> CallbackFuture + Send + Sync;

/// What happened to a connection.
#[derive(Debug)]
pub(crate) enum LifecycleEvent {
    Closed(ConnectionEnd),
    Reconnecting(ConnectionEnd),
    Reconnected(Option<ConnectionId>),
}

/// The callbacks for one kind of event.
pub(crate) struct Callbacks<E>(Mutex<Slots<Callback<E>>>);

impl<E: Clone + Send + 'static> Callbacks<E> {
    pub(crate) fn register<F, O>(self: &Arc<Self>, callback: F) -> Registration
    where
        F: Fn(E) -> O + Send + Sync + 'static,
        O: Future<Output = ()> + Send + 'static,
    {
        let erased = move |event| -> CallbackFuture { Box::pin(callback(event)) };
        let id = self.0.lock().add(Arc::new(erased));
        let callbacks = Arc::downgrade(self);
        Registration::new(move || {
            if let Some(callbacks) = callbacks.upgrade() {
                callbacks.0.lock().remove(id);
            }
        })
    }

    /// Runs all, one after the other; a panic ends nothing but itself.
    async fn run(&self, event: E) {
        let callbacks = self.0.lock().snapshot();
        for (_, callback) in callbacks.iter() {
            let event = event.clone();
            let run = async { callback(event).await };
            if AssertUnwindSafe(run).catch_unwind().await.is_err() {
                tracing::error!("a callback of a hub connection panicked");
            }
        }
    }
}

impl<E> Default for Callbacks<E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E> fmt::Debug for Callbacks<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").finish_non_exhaustive()
    }
}

/// All callbacks of a connection.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    pub(crate) closed: Arc<Callbacks<ConnectionEnd>>,
    pub(crate) reconnecting: Arc<Callbacks<ConnectionEnd>>,
    pub(crate) reconnected: Arc<Callbacks<Option<ConnectionId>>>,
}

/// Runs the callbacks of `events` in order until there are no more.
pub(crate) async fn run(
    lifecycle: Arc<Lifecycle>,
    mut events: mpsc::UnboundedReceiver<LifecycleEvent>,
) {
    while let Some(event) = events.recv().await {
        match event {
            LifecycleEvent::Closed(end) => lifecycle.closed.run(end).await,
            LifecycleEvent::Reconnecting(end) => lifecycle.reconnecting.run(end).await,
            LifecycleEvent::Reconnected(id) => lifecycle.reconnected.run(id).await,
        }
    }
}
