//! The same conversation over every transport, and how each of them ends.

use futures_util::{Stream, stream};
use hub_server::{AnyClient, DisconnectReason, HubCaller, HubContext, HubError, hub};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tests::{
    Answer, Client, EventClient, PollingClient, RawClient, TestServer, stream_call, within,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::result;

struct Plain {
    ended: UnboundedSender<DisconnectReason>,
}

#[hub(client = AnyClient)]
impl Plain {
    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        // The test may have seen enough.
        let _ = self.ended.send(reason.clone());
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn transport(&self, caller: &HubCaller<Self>) -> &'static str {
        caller.transport().name()
    }

    async fn echo_raw(&self, value: Box<RawValue>) -> Box<RawValue> {
        value
    }

    async fn shout_raw(
        &self,
        caller: &HubCaller<Self>,
        value: Box<RawValue>,
    ) -> Result<(), HubError> {
        Ok(caller.clients().all().send("Heard", (value,)).await?)
    }

    fn counter(&self, to: u32) -> impl Stream<Item = u32> + Send {
        stream::iter(0..to)
    }

    async fn shout(&self, caller: &HubCaller<Self>, text: String) -> Result<(), HubError> {
        Ok(caller.clients().all().send("Heard", (text,)).await?)
    }

    async fn say_goodbye(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        caller.clients().caller().send("Goodbye", ()).await?;
        caller.abort();
        Ok(())
    }
}

async fn start() -> (
    TestServer,
    HubContext<Plain>,
    UnboundedReceiver<DisconnectReason>,
) {
    let (sender, ended) = unbounded_channel();
    let (server, context) = TestServer::start(Plain { ended: sender }).await;
    (server, context, ended)
}

fn heard(text: &str) -> Value {
    json!({"type": 1, "target": "Heard", "arguments": [text]})
}

/// Calls, a stream and broadcasts, on `client` and beside it.
async fn converse(client: &mut (impl Client + Send), transport: &str, server: &TestServer) {
    let mut other = RawClient::connect(server).await;
    let answer = client.answer("1", "Transport", json!([])).await;
    assert_eq!(answer, result("1", transport));
    for text in ["", "hello", &"long ".repeat(5_000)] {
        let answer = client.answer("2", "Echo", json!([text])).await;
        assert_eq!(answer, result("2", text));
    }
    client
        .send_record(stream_call("3", "Counter", json!([1_000])))
        .await;
    for item in 0..1_000 {
        let expected = json!({"type": 2, "invocationId": "3", "item": item});
        assert_eq!(client.next_record().await, expected);
    }
    let end = json!({"type": 3, "invocationId": "3"});
    assert_eq!(client.next_record().await, end);
    let answer = client.answer("4", "Shout", json!(["one"])).await;
    assert_eq!(answer, heard("one"));
    assert_eq!(client.next_record().await, result("4", Value::Null));
    assert_eq!(other.next().await, heard("one"));
    let answer = other.call("1", "Shout", json!(["two"])).await;
    assert_eq!(answer, heard("two"));
    assert_eq!(other.next().await, result("1", Value::Null));
    assert_eq!(client.next_record().await, heard("two"));
    client.send_record(json!({"type": 7})).await;
    assert_eq!(client.next_record().await, json!({"type": 7}));
    other.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_over_websockets() {
    let (server, ..) = start().await;
    let mut client = RawClient::connect(&server).await;
    converse(&mut client, "WebSockets", &server).await;
    assert_eq!(client.ending().await, tests::Ending::Closed(1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_over_server_sent_events() {
    let (server, ..) = start().await;
    let mut client = EventClient::connect(&server).await;
    converse(&mut client, "ServerSentEvents", &server).await;
    assert_eq!(client.received().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_over_long_polling() {
    let (server, ..) = start().await;
    let mut client = PollingClient::connect(&server).await;
    converse(&mut client, "LongPolling", &server).await;
    assert_eq!(client.received().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn last_words_come_before_a_poll_is_told_that_it_is_over() {
    let (server, context, mut ended) = start().await;
    let client = PollingClient::connect(&server).await;
    client.send(tests::call("1", "SayGoodbye", json!([]))).await;
    // The hub has long forgotten the connection when the client polls again.
    let reason = within(ended.recv()).await;
    assert_eq!(reason, Some(DisconnectReason::Aborted));
    tests::eventually(|| context.connection_count() == 0).await;
    let words = client.poll().await;
    let goodbye = "{\"type\":1,\"target\":\"Goodbye\",\"arguments\":[]}\u{1e}{\"type\":7}\u{1e}";
    assert_eq!((words.status, &*words.body), (200, goodbye));
    let over = client.poll().await;
    assert_eq!((over.status, &*over.body), (204, ""));
    let gone = client.poll().await;
    assert_eq!(gone, Answer::text(404, "No Connection with that ID"));
    let late = client.requests().post(client.target(), "late").await;
    assert_eq!(late.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn last_words_come_before_an_event_stream_ends() {
    let (server, ..) = start().await;
    let mut client = EventClient::connect(&server).await;
    client.send(tests::call("1", "SayGoodbye", json!([]))).await;
    let goodbye = json!({"type": 1, "target": "Goodbye", "arguments": []});
    assert_eq!(client.next().await, goodbye);
    assert_eq!(client.next().await, json!({"type": 7}));
    assert_eq!(client.received().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_ends_a_long_polling_connection() {
    let (server, context, mut ended) = start().await;
    let client = PollingClient::connect(&server).await;
    let waiting = tokio::spawn({
        let (requests, target) = (client.requests().clone(), client.target().to_owned());
        async move { requests.request("GET", &target).await.status }
    });
    let delete = client.requests().request("DELETE", client.target()).await;
    assert_eq!((delete.status, &*delete.body), (202, ""));
    let reason = within(ended.recv()).await;
    assert_eq!(reason, Some(DisconnectReason::Closed));
    tests::eventually(|| context.connection_count() == 0).await;
    // The poll may have come first, last, or between.
    let status = within(waiting).await.unwrap();
    assert!([200, 204, 404].contains(&status), "{status}");
    within(async { while client.poll().await.status != 404 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_poll_takes_the_place_of_an_older_one() {
    let (server, context, _ended) = start().await;
    let client = PollingClient::connect(&server).await;
    let polls = (0..3).map(|_| {
        let (requests, target) = (client.requests().clone(), client.target().to_owned());
        tokio::spawn(async move { requests.request("GET", &target).await })
    });
    let mut polls: Vec<_> = polls.collect();
    // All but one of them are over, without anything to tell.
    tests::eventually(|| polls.iter().filter(|poll| poll.is_finished()).count() == 2).await;
    let last = polls.iter().position(|poll| !poll.is_finished());
    let last = polls.remove(last.expect("one of them still waits"));
    context
        .clients()
        .all()
        .send("Heard", ("you",))
        .await
        .unwrap();
    for poll in polls {
        assert_eq!(poll.await.unwrap().status, 204);
    }
    let answer = within(last).await.unwrap();
    let record = answer.body.strip_suffix('\u{1e}').expect("one record");
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!(record, heard("you"));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_records_and_parts_of_them_can_be_posted() {
    let (server, ..) = start().await;
    let mut client = EventClient::connect(&server).await;
    let calls = format!(
        "{}\u{1e}{}\u{1e}",
        tests::call("1", "Echo", json!(["one"])),
        tests::call("2", "Echo", json!(["two"])),
    );
    let (first, rest) = calls.split_at(20);
    for part in [first, "", rest] {
        let answer = client.requests().post(client.target(), part.to_owned());
        assert_eq!(answer.await.status, 200);
    }
    assert_eq!(client.next().await, result("1", "one"));
    assert_eq!(client.next().await, result("2", "two"));
}

/// Values that are passed on as they came may be laid out as their sender
/// liked; lines mean something in an event stream.
#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_in_values_break_no_event() {
    let (server, ..) = start().await;
    let mut client = EventClient::connect(&server).await;
    for line_break in ["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"] {
        for (target, heard) in [("EchoRaw", false), ("ShoutRaw", true)] {
            let call = format!(
                "{{\"type\":1,\"invocationId\":\"1\",\"target\":\"{target}\",\
                 \"arguments\":[[1,{line_break}2]]}}\u{1e}"
            );
            let posted = client.requests().post(client.target(), call).await;
            assert_eq!(posted.status, 200);
            if heard {
                let expected = json!({"type": 1, "target": "Heard", "arguments": [[1, 2]]});
                assert_eq!(client.next().await, expected, "{line_break:?}");
                assert_eq!(client.next().await, result("1", Value::Null));
            } else {
                assert_eq!(
                    client.next().await,
                    result("1", json!([1, 2])),
                    "{line_break:?}"
                );
            }
        }
    }
}
