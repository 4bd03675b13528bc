//! A server that stops at a test's word.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, any};
use futures_util::{Stream, StreamExt, stream};
use hub_server::websocket::{WebSocketOptions, WebSocketUpgrade};
use hub_server::{
    AnyClient, CancellationToken, DisconnectReason, HubCaller, HubContext, HubError, HubOptions,
    HubRouterExt, HubService, Shutdown, hub,
};
use tests::{TestServer, within};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

pub(super) struct Busy {
    ended: UnboundedSender<DisconnectReason>,
    gate: Arc<Semaphore>,
    shutdown: Shutdown,
}

#[hub(client = AnyClient)]
impl Busy {
    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        // The test may have seen enough.
        let _ = self.ended.send(reason.clone());
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    /// Takes as long as the test wants.
    async fn work(&self) -> &'static str {
        self.gate.acquire().await.unwrap().forget();
        "done"
    }

    /// Ends when its client is given up.
    async fn wait_for_the_end(&self, cancelled: CancellationToken) {
        cancelled.cancelled().await;
    }

    /// Asks its client.
    async fn ask(&self, caller: &HubCaller<Self>) -> Result<i64, HubError> {
        Ok(caller.clients().caller().invoke("HowMany", ()).await?)
    }

    /// Never ends.
    async fn hang(&self) {
        std::future::pending::<()>().await;
    }

    fn ticks(&self) -> impl Stream<Item = u32> + Send {
        let ticks = stream::once(async { 1 }).chain(stream::pending());
        ticks.take_until(self.shutdown.begun())
    }
}

pub(super) struct House {
    pub(super) server: TestServer,
    pub(super) context: HubContext<Busy>,
    pub(super) ended: UnboundedReceiver<DisconnectReason>,
    pub(super) gate: Arc<Semaphore>,
    pub(super) shutdown: Shutdown,
    /// What the drain says at the end.
    drained: JoinHandle<usize>,
    stop: CancellationToken,
}

impl House {
    /// A server that drains at the test's word and then stops.
    pub(super) async fn start(shutdown: Shutdown, options: HubOptions) -> Self {
        let (sender, ended) = unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let hub = Busy {
            ended: sender,
            gate: gate.clone(),
            shutdown: shutdown.clone(),
        };
        let service = HubService::with_options(hub, options.shutdown(&shutdown));
        let context = service.context();
        let app = Router::new()
            .hub("/hub", service)
            .route("/raw", raw_echo(&shutdown))
            .route("/deaf", raw_and_deaf(&shutdown));
        let stop = CancellationToken::new();
        let signal = stop.clone().cancelled_owned();
        let (handle, (tell, told)) = (shutdown.clone(), tokio::sync::oneshot::channel());
        let server = TestServer::serve_until(app, async move {
            signal.await;
            tell.send(handle.drain().await).unwrap();
        });
        Self {
            server: server.await,
            context,
            ended,
            gate,
            shutdown,
            drained: tokio::spawn(async { told.await.unwrap() }),
            stop,
        }
    }

    /// Begins to stop and returns when nobody is let in any more.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        within(self.shutdown.begun()).await;
    }

    /// How many were cut off, once everything has stopped.
    pub(super) async fn stopped(self) -> usize {
        self.server.stopped().await;
        within(self.drained).await.unwrap()
    }
}

fn raw_echo(shutdown: &Shutdown) -> MethodRouter {
    let options = WebSocketOptions::default().shutdown(shutdown);
    any(async move |upgrade: WebSocketUpgrade| {
        upgrade
            .options(options)
            .on_upgrade(|mut socket| async move {
                while let Some(Ok(message)) = socket.recv().await {
                    if message.is_data() && socket.send(message).await.is_err() {
                        break;
                    }
                }
            })
    })
}

/// Keeps its socket and does nothing with it.
fn raw_and_deaf(shutdown: &Shutdown) -> MethodRouter {
    let options = WebSocketOptions::default().shutdown(shutdown);
    any(async move |upgrade: WebSocketUpgrade| {
        upgrade.options(options).on_upgrade(|socket| async move {
            let _kept = socket;
            std::future::pending::<()>().await;
        })
    })
}
