//! Streams that always have a next item, and never wait by themselves; and
//! methods that never stop sending.

use futures_util::{Stream, StreamExt, stream};
use hub_server::{HubCaller, HubError, hub};
use serde_json::json;
use tests::{RawClient, TestServer, call, stream_call, within};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

struct Endless {
    dropped: UnboundedSender<()>,
}

struct Guard(UnboundedSender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        // The test may have seen enough.
        let _ = self.0.send(());
    }
}

#[hub]
impl Endless {
    fn count(&self) -> impl Stream<Item = u64> + Send + use<> {
        let guard = Guard(self.dropped.clone());
        stream::iter(0..).map(move |number| {
            let _ = &guard;
            number
        })
    }

    /// Sends for ever, whoever receives it.
    async fn flood(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        loop {
            caller.clients().caller().send("Flood", ()).await?;
        }
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }
}

async fn start() -> (TestServer, RawClient, UnboundedReceiver<()>) {
    let (sender, dropped) = unbounded_channel();
    let (server, _) = TestServer::start(Endless { dropped: sender }).await;
    let mut client = RawClient::connect(&server).await;
    client.send(stream_call("1", "Count", json!([]))).await;
    for item in 0..1_000 {
        let expected = json!({"type": 2, "invocationId": "1", "item": item});
        assert_eq!(client.next().await, expected);
    }
    (server, client, dropped)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn end_with_their_connection() {
    let (_server, client, mut dropped) = start().await;
    drop(client);
    assert_eq!(within(dropped.recv()).await, Some(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn end_when_they_are_cancelled() {
    let (_server, mut client, mut dropped) = start().await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    while client.next().await["type"] == 2 {}
    assert_eq!(within(dropped.recv()).await, Some(()));
}

/// On one thread, so that nothing runs while the stream does.
#[tokio::test]
async fn leave_room_for_others() {
    let (server, mut client, _dropped) = start().await;
    let reading = tokio::spawn(async move { while client.next().await["type"] == 2 {} });
    let mut other = RawClient::connect(&server).await;
    for value in 0..100 {
        assert_eq!(other.invoke("Echo", json!([value])).await, value);
    }
    reading.abort();
}

/// On one thread, too.
#[tokio::test]
async fn sends_to_a_client_that_is_gone_leave_room_for_others() {
    let (server, mut client, _dropped) = start().await;
    client.send(call("2", "Flood", json!([]))).await;
    while client.next().await["type"] == 2 {}
    drop(client);
    let mut other = RawClient::connect(&server).await;
    for value in 0..100 {
        assert_eq!(other.invoke("Echo", json!([value])).await, value);
    }
}
