use std::net::SocketAddr;

use axum::Router;
use hub_server::{Hub, HubContext, HubOptions, HubRouterExt, HubService};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::within;

/// A server on a port of its own, with the hub that is tested at `/hub`. Ends
/// when it is dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl TestServer {
    /// Serves `hub`.
    pub async fn start<H: Hub>(hub: H) -> (Self, HubContext<H>) {
        Self::start_with(hub, HubOptions::new()).await
    }

    /// Serves `hub` with other than the default options.
    pub async fn start_with<H: Hub>(hub: H, options: HubOptions) -> (Self, HubContext<H>) {
        let service = HubService::with_options(hub, options);
        let context = service.context();
        (
            Self::serve(Router::new().hub("/hub", service)).await,
            context,
        )
    }

    /// Serves an application.
    pub async fn serve(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.unwrap();
        });
        Self { address, task }
    }

    /// Serves an application until `signal`, and then what is left of it: see
    /// [`stopped`](Self::stopped).
    pub async fn serve_until(
        app: Router,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            axum::serve(listener, app)
                .with_graceful_shutdown(signal)
                .await
                .unwrap();
        });
        Self { address, task }
    }

    /// Waits until it has stopped by itself.
    pub async fn stopped(mut self) {
        within(&mut self.task).await.unwrap();
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
