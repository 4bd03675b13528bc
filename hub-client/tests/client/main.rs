//! The client against a scripted server, and against a real one.

#![allow(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

mod calls;
mod fake_server;
mod framing;
mod handlers;
mod keep_alive;
mod lifecycle;
mod negotiation;
mod reconnecting;
mod reference;
mod results;
mod streams;
#[cfg(feature = "rustls")]
mod tls;

use std::future::Future;
use std::time::Duration;

use hub_client::{HubConnection, HubConnectionBuilder};

use fake_server::{FakeServer, Peer};

/// The value of `future`, which must not take long.
async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(10), future)
        .await
        .expect("it takes too long")
}

/// A started connection and the server's end of it.
async fn connect() -> (HubConnection, Peer, FakeServer) {
    connect_with(|builder| builder).await
}

async fn connect_with(
    options: impl FnOnce(HubConnectionBuilder) -> HubConnectionBuilder,
) -> (HubConnection, Peer, FakeServer) {
    let server = FakeServer::bind().await;
    let connection = options(HubConnection::builder(server.url()))
        .build()
        .unwrap();
    let peer = start(&connection, &server).await;
    (connection, peer, server)
}

async fn start(connection: &HubConnection, server: &FakeServer) -> Peer {
    let (started, peer) =
        within(async { tokio::join!(connection.start(), server.connect()) }).await;
    started.unwrap();
    peer
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}
