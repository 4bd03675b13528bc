//! The program that a user wants to write, word for word.

use axum::Router;
use futures_util::Stream;
use hub_server::{HubCaller, HubError, HubRouterExt, StreamArg, hub, hub_client};
use tokio::sync::mpsc;

use crate::{connect, connection, serve};

/// What the server may call on its clients. Wire names are the PascalCase of the method names.
#[hub_client]
trait ChatClient {
    async fn receive_message(&self, user: String, text: String);
    async fn confirm(&self, question: String) -> bool; // a client result
}

#[derive(Default)]
struct ChatHub {/* shared state: one hub value serves every connection */}

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

#[expect(dead_code, reason = "the tests serve the hub at a free port")]
#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().hub("/chat", ChatHub::default()); // or .hub_with("/chat", hub, options)
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:5000").await?, app).await
}

#[tokio::test]
async fn a_message_reaches_the_group_that_a_hook_joined() {
    let client = connection(&serve(ChatHub::default()).await);
    let (seen, mut messages) = mpsc::unbounded_channel();
    client.on("ReceiveMessage", move |user: String, text: String| {
        let seen = seen.clone();
        async move { seen.send((user, text)).unwrap() }
    });
    client.start().await.unwrap();

    let sent = client.invoke::<()>("SendMessage", ("lobby", "hello")).await;
    sent.unwrap();
    let message = messages.recv().await.unwrap();
    assert_eq!(message, ("anonymous".into(), "hello".into()));
}

#[tokio::test]
async fn methods_answer_with_values_and_streams() {
    let client = connect(ChatHub::default()).await;
    assert_eq!(client.invoke::<i64>("Add", (1, 2)).await.unwrap(), 3);

    let mut counter = client.stream::<u32>("Counter", (3, 5)).await.unwrap();
    assert_eq!(counter.next().await.unwrap().unwrap(), 3);
    assert_eq!(counter.next().await.unwrap().unwrap(), 4);
    assert!(counter.next().await.is_none());
}
