//! What one client can start is bounded.

use futures_util::Stream;
use futures_util::stream;
use hub_server::{HubOptions, hub};
use serde_json::json;
use tests::{RawClient, TestServer, stream_call};

use crate::failure;

struct Patient;

#[hub]
impl Patient {
    /// Lasts until it is cancelled.
    fn hold(&self) -> impl Stream<Item = u32> + Send {
        stream::pending()
    }
}

#[tokio::test]
async fn calls_beyond_the_bound_fail_until_others_have_ended() {
    let options = HubOptions::new().maximum_running_calls(2);
    let (server, _) = TestServer::start_with(Patient, options).await;
    let mut client = RawClient::connect(&server).await;
    for id in ["1", "2", "3"] {
        client.send(stream_call(id, "Hold", json!([]))).await;
    }
    let text = "An unexpected error occurred invoking 'Hold' on the server. HubException: Too many \
                calls are running.";
    assert_eq!(client.next().await, failure("3", text));
    client.send(json!({ "type": 5, "invocationId": "1" })).await;
    assert_eq!(
        client.next().await,
        json!({ "type": 3, "invocationId": "1" })
    );
    client.send(stream_call("4", "Hold", json!([]))).await;
    client.send(json!({ "type": 5, "invocationId": "4" })).await;
    assert_eq!(
        client.next().await,
        json!({ "type": 3, "invocationId": "4" })
    );
}
