//! Clients that ping as they should, while the server is not listening.

use std::time::Duration;

use hub_server::{HubCaller, HubError, HubOptions, StreamArg, hub};
use serde_json::json;
use tests::{Client, RawClient, TestServer, call};
use tokio::time::sleep;

use crate::result;

const TIMEOUT: Duration = Duration::from_millis(400);
/// Long enough to be given up several times over.
const LONG: Duration = Duration::from_millis(1_500);

struct Busy;

#[hub]
impl Busy {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        if caller.request().uri.query() == Some("slowly") {
            sleep(LONG).await;
        }
        Ok(())
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }

    async fn wait(&self) {
        sleep(LONG).await;
    }

    async fn last(&self, mut items: StreamArg<u32>) -> Option<u32> {
        sleep(LONG).await;
        let mut last = None;
        while let Some(Ok(item)) = items.next().await {
            last = Some(item);
        }
        last
    }
}

async fn start() -> TestServer {
    let options = HubOptions::new()
        .keep_alive_interval(TIMEOUT / 4)
        .client_timeout_interval(TIMEOUT)
        .maximum_waiting_bytes(10);
    TestServer::start_with(Busy, options).await.0
}

/// Pings as often as a client has to, for much longer than it may be silent.
async fn ping_for_long(client: &mut RawClient) {
    for _ in 0..15 {
        client.send(json!({"type": 6})).await;
        sleep(LONG / 15).await;
    }
}

async fn still_connected(client: &mut RawClient) {
    assert_eq!(client.answer("9", "Echo", json!([9])).await, result("9", 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_line_is_full() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    client.send(json!({"type": 6})).await;
    for id in ["1", "2"] {
        client.send(call(id, "Wait", json!([]))).await;
    }
    for id in ["1", "2"] {
        ping_for_long(&mut client).await;
        assert_eq!(client.next().await, result(id, json!(null)));
    }
    still_connected(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_upload_is_not_read() {
    let server = start().await;
    let mut client = RawClient::connect(&server).await;
    client.send(json!({"type": 6})).await;
    client
        .send(
            json!({"type": 1, "invocationId": "1", "target": "Last", "arguments": [],
            "streamIds": ["u"]}),
        )
        .await;
    for item in 0..30 {
        client
            .send(json!({"type": 2, "invocationId": "u", "item": item}))
            .await;
    }
    client.send(json!({"type": 3, "invocationId": "u"})).await;
    ping_for_long(&mut client).await;
    assert_eq!(client.next().await, result("1", 29));
    still_connected(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_hub_is_told_of_a_client() {
    let server = start().await;
    let mut client = RawClient::open(&server, "/hub?slowly").await;
    client.shake_hands().await;
    ping_for_long(&mut client).await;
    still_connected(&mut client).await;
}

/// A client that falls silent while it is listened to is given up all the same.
#[tokio::test(flavor = "multi_thread")]
async fn silence_counts_again_afterwards() {
    let server = start().await;
    let mut client = RawClient::open(&server, "/hub?slowly").await;
    client.shake_hands().await;
    client.send(json!({"type": 6})).await;
    let expected =
        json!({"type": 7, "error": "Connection closed with an error.", "allowReconnect": true});
    assert_eq!(client.next().await, expected);
}
