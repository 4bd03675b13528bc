//! The handler of a mount, and what it needs to be given a connection.

use std::pin::Pin;
use std::sync::Arc;

use super::RawConnectionOptions;
use super::connection::{About, RawConnection};
use super::pipe::Pipe;
use super::task::RawTask;
use crate::transport::Transport;
use crate::{DisconnectReason, Principal};

type Handler = dyn Fn(RawConnection) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// What runs on the raw connections of one mount.
pub(crate) struct RawEndpoint {
    handler: Box<Handler>,
    pub(crate) options: RawConnectionOptions,
}

impl RawEndpoint {
    pub(super) fn new<F, Fut>(handler: F, options: RawConnectionOptions) -> Self
    where
        F: Fn(RawConnection) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self {
            handler: Box::new(move |connection| Box::pin(handler(connection))),
            options,
        }
    }

    /// Runs the handler. A panic ends its task, and with it the connection; a
    /// shutdown waits for it as for a call.
    fn spawn(self: Arc<Self>, connection: RawConnection) {
        let shutdown = self.options.shared.shutdown.as_ref();
        let running = shutdown.map(crate::Shutdown::count);
        tokio::spawn(async move {
            (self.handler)(connection).await;
            drop(running);
        });
    }
}

/// A connection whose transport is about to open.
pub(crate) struct NewRawConnection {
    endpoint: Arc<RawEndpoint>,
    pipe: Arc<Pipe>,
    about: About,
}

impl NewRawConnection {
    pub(crate) fn new(
        endpoint: Arc<RawEndpoint>,
        id: hub_core::ConnectionId,
        transport: hub_core::negotiate::TransportKind,
        request: http::request::Parts,
    ) -> Self {
        let options = &endpoint.options;
        let pipe = Arc::new(Pipe::new(
            options.receive_buffer_size,
            options.send_buffer_size,
        ));
        Self {
            endpoint,
            pipe,
            about: About {
                id,
                transport,
                request,
            },
        }
    }

    pub(crate) fn pipe(&self) -> &Arc<Pipe> {
        &self.pipe
    }

    /// Hands the connection to its handler and carries its bytes to the end.
    pub(crate) async fn run<T: Transport>(self, transport: T) {
        let Self {
            endpoint,
            pipe,
            about,
        } = self;
        let principal = about.request.extensions.get();
        let expires_at = principal.and_then(Principal::expires_at);
        let id = about.id.clone();
        let format = endpoint.options.transfer_format;
        let connection = RawConnection::new(pipe.clone(), about, format);
        endpoint.clone().spawn(connection);
        let finish = Finish(pipe.clone());
        let task = RawTask::new(transport, pipe, endpoint, expires_at);
        let reason = task.run().await;
        drop(finish);
        tracing::debug!(connection = %id, ?reason, "raw connection ended");
    }
}

/// Lets the handler know of the end, although the task is dropped in the middle.
struct Finish(Arc<Pipe>);

impl Drop for Finish {
    fn drop(&mut self) {
        self.0.end(DisconnectReason::Shutdown);
        self.0.finish();
    }
}
