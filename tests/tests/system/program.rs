//! The program that a user wants to write, as its users see it.

use axum::Router;
use futures_util::Stream;
use hub_server::{HubCaller, HubError, HubRouterExt, StreamArg, hub, hub_client};
use serde_json::json;
use tests::{RawClient, TestServer, call, stream_call};

/// What the server may call on its clients.
#[hub_client]
trait ChatClient {
    async fn receive_message(&self, user: String, text: String);
    async fn confirm(&self, question: String) -> bool;
}

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

async fn start() -> TestServer {
    TestServer::serve(Router::new().hub("/hub", ChatHub::default())).await
}

#[tokio::test]
async fn a_call_is_answered_with_its_result() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    assert_eq!(
        client.call("1", "Add", json!([1, 2])).await,
        json!({"type": 3, "invocationId": "1", "result": 3})
    );
}

#[tokio::test]
async fn a_stream_yields_its_items_and_then_ends() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(stream_call("7", "Counter", json!([0, 10])))
        .await;
    for item in 0..10 {
        let expected = json!({"type": 2, "invocationId": "7", "item": item});
        assert_eq!(client.next().await, expected);
    }
    assert_eq!(client.next().await, json!({"type": 3, "invocationId": "7"}));
}

#[tokio::test]
async fn an_upload_is_summed() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(
            json!({"type": 1, "invocationId": "2", "target": "Sum", "arguments": [],
            "streamIds": ["1"]}),
        )
        .await;
    for item in 1..=100 {
        client
            .send(json!({"type": 2, "invocationId": "1", "item": item}))
            .await;
    }
    client.send(json!({"type": 3, "invocationId": "1"})).await;
    assert_eq!(
        client.next().await,
        json!({"type": 3, "invocationId": "2", "result": 5050})
    );
}

#[tokio::test]
async fn a_message_reaches_every_member_of_the_group() {
    let server = start().await;
    let mut ann = RawClient::connect(&server).await;
    let mut bob = RawClient::connect(&server).await;
    // A method runs after `on_connected`, so bob is in the lobby.
    bob.invoke("Add", json!([1, 1])).await;
    ann.send(call("1", "SendMessage", json!(["lobby", "hello"])))
        .await;
    let expected = json!(["anonymous", "hello"]);
    assert_eq!(ann.next_call("ReceiveMessage").await, expected);
    assert_eq!(bob.next_call("ReceiveMessage").await, expected);
    assert_eq!(
        ann.next().await,
        json!({"type": 3, "invocationId": "1", "result": null})
    );
}

#[tokio::test]
async fn a_client_is_asked_and_its_answer_counts() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    for sure in [false, true] {
        client.send(call("1", "Leave", json!(["lobby"]))).await;
        let question = client.next().await;
        assert_eq!(question["target"], "Confirm");
        assert_eq!(question["arguments"], json!(["Leave lobby?"]));
        let id = question["invocationId"]
            .as_str()
            .expect("it wants an answer");
        client
            .send(json!({"type": 3, "invocationId": id, "result": sure}))
            .await;
        assert_eq!(
            client.next().await,
            json!({"type": 3, "invocationId": "1", "result": sure})
        );
    }
    // It has left: the message reaches nobody, and the answer comes first.
    client
        .send(call("2", "SendMessage", json!(["lobby", "hello"])))
        .await;
    assert_eq!(
        client.next().await,
        json!({"type": 3, "invocationId": "2", "result": null})
    );
}

#[tokio::test]
async fn a_goodbye_is_answered_with_a_goodbye() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    client.send(json!({"type": 7})).await;
    assert_eq!(client.next().await, json!({"type": 7}));
    assert_eq!(client.ending().await, tests::Ending::Closed(1000));
}
