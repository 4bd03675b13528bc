//! What `#[hub]` and `#[hub_client]` write, called over a real connection.

#![allow(clippy::unwrap_used, reason = "test helpers outside of test functions")]

mod calls;
mod client;
mod design;
mod hooks;
mod lints;
mod streams;

use axum::Router;
use hub_client::HubConnection;
use hub_server::{Hub, HubRouterExt, HubService};
use tokio::net::TcpListener;

/// Serves the hub at a free port and returns its address.
async fn serve(hub: impl Hub) -> String {
    let app = Router::new().hub("/hub", HubService::new(hub));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/hub")
}

/// A connection that has not been started.
fn connection(url: &str) -> HubConnection {
    HubConnection::builder(url).build().unwrap()
}

/// A started connection to a new server.
async fn connect(hub: impl Hub) -> HubConnection {
    let connection = connection(&serve(hub).await);
    connection.start().await.unwrap();
    connection
}
