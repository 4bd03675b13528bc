//! A chat: everything a hub can do, in one file.

use axum::Router;
use futures_util::Stream;
use hub_server::{HubCaller, HubError, HubRouterExt, StreamArg, hub, hub_client};

/// What the server may call on its clients. Wire names are the PascalCase of
/// the method names.
#[hub_client]
trait ChatClient {
    async fn receive_message(&self, user: String, text: String);
    async fn confirm(&self, question: String) -> bool;
}

/// One hub value serves every connection.
#[derive(Default)]
struct ChatHub {}

#[hub(client = ChatClient)]
impl ChatHub {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        caller.groups().add("lobby").await
    }

    async fn send_message(
        &self,
        caller: &HubCaller<Self>,
        room: String,
        text: String,
    ) -> Result<(), HubError> {
        caller
            .clients()
            .group(&room)
            .receive_message(caller.user_or_anonymous(), text)
            .await
    }

    /// Asks the caller, and leaves the room if the answer is yes.
    async fn leave(&self, caller: &HubCaller<Self>, room: String) -> Result<bool, HubError> {
        let sure = caller
            .clients()
            .caller()
            .confirm(format!("Leave {room}?"))
            .await?;
        if sure {
            caller.groups().remove(&room).await?;
        }
        Ok(sure)
    }

    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    /// Streams to the client; dropping the stream is the cancellation.
    fn counter(&self, from: u32, to: u32) -> impl Stream<Item = u32> + Send {
        futures_util::stream::iter(from..to)
    }

    /// Receives a stream from the client.
    async fn sum(&self, mut items: StreamArg<i64>) -> Result<i64, HubError> {
        let mut total = 0;
        while let Some(item) = items.next().await {
            total += item?;
        }
        Ok(total)
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:5000".into());
    let app = Router::new().hub("/chat", ChatHub::default());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    axum::serve(listener, app).await
}
