//! Whose answer counts when a client was asked.

use hub_server::{AnyClient, HubCaller, HubError, hub};
use serde_json::{Value, json};
use tests::{Client, Ending, RawClient, TestServer, call};

use crate::{closed_because, detailed, result};

struct Curious;

#[hub(client = AnyClient)]
impl Curious {
    async fn ask(&self, caller: &HubCaller<Self>) -> Result<String, HubError> {
        let client = caller.clients().caller();
        Ok(client.invoke("Answer", ()).await?)
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }
}

async fn asked() -> (TestServer, RawClient, String) {
    let (server, _) = TestServer::start_with(Curious, detailed()).await;
    let mut client = RawClient::connect(&server).await;
    client.send(call("1", "Ask", json!([]))).await;
    let question = client.next().await;
    assert_eq!(question["target"], "Answer");
    let id = question["invocationId"].as_str().unwrap().to_owned();
    (server, client, id)
}

fn answer(id: &str, value: &str) -> Value {
    result(id, value)
}

#[tokio::test]
async fn guesses_are_ignored() {
    let (server, mut client, id) = asked().await;
    assert!(id.len() >= 20, "{id} can be guessed");
    let mut stranger = RawClient::connect(&server).await;
    for number in 1..=50 {
        for guess in [format!("s{number}"), number.to_string()] {
            stranger.send(answer(&guess, "evil")).await;
        }
    }
    let still_here = stranger.answer("1", "Echo", json!([7])).await;
    assert_eq!(still_here, result("1", 7));
    client.send(answer(&id, "good")).await;
    assert_eq!(client.next().await, result("1", "good"));
}

#[tokio::test]
async fn whoever_answers_for_another_is_closed() {
    let (server, mut client, id) = asked().await;
    let requests = tests::Requests::to(&server);
    let negotiated = requests.negotiate().await;
    let target = format!("/hub?id={}", negotiated.token);
    let mut stranger = RawClient::open(&server, &target).await;
    stranger.shake_hands().await;
    stranger.send(answer(&id, "evil")).await;
    let detail = format!(
        "InvalidOperationException: Connection ID '{}' is not valid for invocation ID '{id}'.",
        negotiated.id
    );
    assert_eq!(stranger.next().await, closed_because(&detail));
    assert_eq!(stranger.ending().await, Ending::Closed(1000));
    client.send(answer(&id, "good")).await;
    assert_eq!(client.next().await, result("1", "good"));
}
