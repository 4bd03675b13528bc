//! Connections that many begin and nobody finishes.

use std::time::Duration;

use hub_server::{HubContext, HubOptions, hub};
use serde_json::json;
use tests::{EventClient, RawClient, Requests, TestServer, eventually};
use tokio::runtime::Runtime;

const MANY: usize = 200;

struct Untouched;

#[hub]
impl Untouched {
    #[on_connected]
    async fn connected(&self) {
        panic!("nobody is connected");
    }
}

/// A server whose tasks can be counted, since nothing else runs beside it.
struct Counted {
    runtime: Runtime,
    server: TestServer,
    context: HubContext<Untouched>,
    at_rest: usize,
}

impl Counted {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let options = HubOptions::new()
            .handshake_timeout(Duration::from_millis(500))
            .disconnect_timeout(Duration::from_millis(500))
            .close_timeout(Duration::from_millis(100));
        let (server, context) = runtime.block_on(TestServer::start_with(Untouched, options));
        let at_rest = runtime.metrics().num_alive_tasks();
        Self {
            runtime,
            server,
            context,
            at_rest,
        }
    }

    fn tasks(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }

    async fn comes_to_rest(&self) {
        eventually(|| self.tasks() == self.at_rest).await;
        assert_eq!(self.context.connection_count(), 0);
    }
}

/// Runs a client beside the server that it talks to.
fn with_client(client: impl AsyncFnOnce(&Counted)) {
    let counted = Counted::start();
    Runtime::new().unwrap().block_on(client(&counted));
    counted.runtime.shutdown_background();
}

#[test]
fn negotiations_that_nobody_follows() {
    with_client(async |counted| {
        let requests = Requests::to(&counted.server);
        let mut last = None;
        for _ in 0..MANY {
            last = Some(requests.negotiate().await.token);
        }
        let target = format!("/hub?id={}", last.unwrap());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(requests.request("GET", &target).await.status, 404);
        drop(requests);
        counted.comes_to_rest().await;
    });
}

#[test]
fn websockets_without_a_handshake() {
    with_client(async |counted| {
        let mut clients = Vec::new();
        for _ in 0..MANY {
            clients.push(RawClient::open(&counted.server, "/hub").await);
        }
        // They neither read nor go: the server ends it all by itself.
        counted.comes_to_rest().await;
        for client in &mut clients {
            let told = json!({"error": "Handshake was canceled."});
            assert_eq!(client.next().await, told);
        }
    });
}

#[test]
fn event_streams_without_a_handshake() {
    with_client(async |counted| {
        let mut clients = Vec::new();
        for _ in 0..MANY {
            clients.push(EventClient::open(&counted.server).await);
        }
        for client in &mut clients {
            let told = json!({"error": "Handshake was canceled."});
            assert_eq!(client.next().await, told);
            assert_eq!(client.received().await, None);
        }
        drop(clients);
        counted.comes_to_rest().await;
    });
}

#[test]
fn one_poll_and_then_silence() {
    with_client(async |counted| {
        let requests = Requests::to(&counted.server);
        for _ in 0..MANY {
            let target = format!("/hub?id={}", requests.negotiate().await.token);
            assert_eq!(requests.request("GET", &target).await.status, 200);
        }
        drop(requests);
        counted.comes_to_rest().await;
    });
}
