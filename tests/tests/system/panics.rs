//! Hub code that panics, and values that cannot be encoded: the call fails, and
//! nothing else.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};
use hub_server::{AnyClient, HubCaller, HubError, StreamArg, hub};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use tests::{Ending, MessagePackClient, RawClient, TestServer, call, framed, stream_call};

use crate::{failure, result};

/// A map that JSON has no form for: its key is no text.
type Unwritable = HashMap<(u8, u8), u8>;

fn unwritable() -> Unwritable {
    HashMap::from([((1, 2), 3)])
}

#[derive(Default)]
struct Clumsy {
    disconnected: AtomicUsize,
}

fn panics(_: &HubCaller<Clumsy>) -> bool {
    panic!("on purpose")
}

/// Panics when it is decoded.
struct Explosive;

impl<'de> Deserialize<'de> for Explosive {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("on purpose")
    }
}

/// Panics when it is dropped.
struct PanicsAtTheEnd;

impl Stream for PanicsAtTheEnd {
    type Item = u32;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
        Poll::Ready(None)
    }
}

impl Drop for PanicsAtTheEnd {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

#[hub(client = AnyClient)]
impl Clumsy {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        match caller.request().uri.query() {
            Some("panic") => panic!("on purpose"),
            Some("late") => {
                tokio::task::yield_now().await;
                panic!("on purpose");
            }
            _ => Ok(()),
        }
    }

    #[on_disconnected]
    async fn disconnected(&self, caller: &HubCaller<Self>) {
        self.disconnected.fetch_add(1, Ordering::SeqCst);
        if caller.request().uri.query() == Some("end") {
            panic!("on purpose");
        }
    }

    async fn take(&self, value: Explosive) {
        let Explosive = value;
    }

    async fn take_all(&self, mut items: StreamArg<Explosive>) -> &'static str {
        match items.next().await {
            Some(Ok(_)) => "an item",
            Some(Err(_)) => "an error",
            None => "the end",
        }
    }

    #[authorize(panics)]
    async fn guarded(&self) {}

    async fn echo_later(&self, value: u32) -> u32 {
        tokio::task::yield_now().await;
        value
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }

    fn panic_without_async(&self) -> u32 {
        panic!("on purpose")
    }

    async fn panic_at_once(&self) -> u32 {
        panic!("on purpose")
    }

    async fn panic_later(&self) -> u32 {
        tokio::task::yield_now().await;
        panic!("on purpose")
    }

    async fn panic_with_upload(&self, mut items: StreamArg<u32>) -> u32 {
        items.next().await;
        panic!("on purpose")
    }

    fn panic_before_stream(&self) -> impl Stream<Item = u32> + Send {
        if std::hint::black_box(true) {
            panic!("on purpose");
        }
        stream::iter(0..3)
    }

    fn panic_in_stream(&self) -> impl Stream<Item = u32> + Send {
        stream::iter(0..3).chain(stream::once(async { panic!("on purpose") }))
    }

    fn panic_after_stream(&self) -> impl Stream<Item = u32> + Send {
        PanicsAtTheEnd
    }

    async fn return_unwritable(&self) -> Unwritable {
        unwritable()
    }

    async fn return_unwritable_later(&self) -> Unwritable {
        tokio::task::yield_now().await;
        unwritable()
    }

    fn stream_unwritable(&self) -> impl Stream<Item = Unwritable> + Send {
        stream::once(async { unwritable() })
    }

    async fn send_unwritable(&self, caller: &HubCaller<Self>) -> &'static str {
        let sent = caller.clients().all().send("Take", (unwritable(),)).await;
        if sent.is_err() { "refused" } else { "sent" }
    }

    async fn ask_unwritable(&self, caller: &HubCaller<Self>) -> &'static str {
        let client = caller.clients().caller();
        let answer = client.invoke::<Value>("Take", (unwritable(),)).await;
        if answer.is_err() { "refused" } else { "sent" }
    }
}

fn unexpected(method: &str) -> String {
    format!("An unexpected error occurred invoking '{method}' on the server.")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_panics_fails_alone() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut neighbour = RawClient::connect(&server).await;
    let mut client = RawClient::connect(&server).await;
    for method in ["PanicWithoutAsync", "PanicAtOnce", "PanicLater"] {
        for _ in 0..3 {
            let answer = client.call("1", method, json!([])).await;
            assert_eq!(answer, failure("1", &unexpected(method)));
            assert_eq!(client.call("2", "Echo", json!([7])).await, result("2", 7));
        }
        assert_eq!(neighbour.invoke("Echo", json!([8])).await, 8);
    }
    assert_eq!(context.connection_count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_stream_ends_the_stream_alone() {
    let (server, _) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(stream_call("1", "PanicBeforeStream", json!([])))
        .await;
    let error = unexpected("PanicBeforeStream");
    assert_eq!(client.next().await, failure("1", &error));
    client
        .send(stream_call("2", "PanicInStream", json!([])))
        .await;
    for item in 0..3 {
        let expected = json!({"type": 2, "invocationId": "2", "item": item});
        assert_eq!(client.next().await, expected);
    }
    let error = "An error occurred on the server while streaming results.";
    assert_eq!(client.next().await, failure("2", error));
    assert_eq!(client.call("3", "Echo", json!([7])).await, result("3", 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_panics_when_it_is_dropped_is_still_answered() {
    let (server, _) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..2 {
        client
            .send(stream_call("1", "PanicAfterStream", json!([])))
            .await;
        let answer = client.next().await;
        assert_eq!(answer, json!({"type": 3, "invocationId": "1"}));
    }
    assert_eq!(client.call("2", "Echo", json!([7])).await, result("2", 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_frees_the_uploads_of_its_call() {
    let (server, _) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..3 {
        // The same id again: it would be refused if it were still in use.
        client
            .send_all([
                json!({"type": 1, "invocationId": "1", "target": "PanicWithUpload",
                    "arguments": [], "streamIds": ["u"]}),
                json!({"type": 2, "invocationId": "u", "item": 1}),
            ])
            .await;
        let error = unexpected("PanicWithUpload");
        assert_eq!(client.next().await, failure("1", &error));
        // Late items belong to nobody.
        client
            .send(json!({"type": 2, "invocationId": "u", "item": 2}))
            .await;
        assert_eq!(client.call("2", "Echo", json!([7])).await, result("2", 7));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_on_connected_ends_that_connection_alone() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut neighbour = RawClient::connect(&server).await;
    for target in ["/hub?panic", "/hub?late"] {
        let mut client = RawClient::open(&server, target).await;
        client.shake_hands().await;
        let expected = json!({"type": 7, "error": "Connection closed with an error."});
        assert_eq!(client.next().await, expected, "{target}");
        assert_eq!(client.ending().await, Ending::Closed(1000), "{target}");
        assert_eq!(neighbour.invoke("Echo", json!([8])).await, 8);
    }
    tests::eventually(|| context.connection_count() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_on_disconnected_leaves_nothing_behind() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::open(&server, "/hub?end").await;
    client.shake_hands().await;
    client.invoke("Echo", json!([1])).await;
    assert_eq!(context.connection_count(), 1);
    client.send(json!({"type": 7})).await;
    assert_eq!(client.next().await, json!({"type": 7}));
    client.ending().await;
    tests::eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_encoded_fails_the_call_alone() {
    let (server, _) = TestServer::start(Clumsy::default()).await;
    let mut neighbour = RawClient::connect(&server).await;
    let mut client = RawClient::connect(&server).await;
    for method in ["ReturnUnwritable", "ReturnUnwritableLater"] {
        let answer = client.call("1", method, json!([])).await;
        assert_eq!(answer, failure("1", &unexpected(method)));
    }
    client
        .send(stream_call("2", "StreamUnwritable", json!([])))
        .await;
    let error = "An error occurred on the server while streaming results.";
    assert_eq!(client.next().await, failure("2", error));
    for method in ["SendUnwritable", "AskUnwritable"] {
        let answer = client.call("3", method, json!([])).await;
        assert_eq!(answer, result("3", "refused"), "{method}");
    }
    // Nobody received half of anything.
    assert_eq!(client.call("4", "Echo", json!([7])).await, result("4", 7));
    assert_eq!(neighbour.invoke("Echo", json!([8])).await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_protocol_can_write_the_other_may_refuse() {
    let (server, _) = TestServer::start(Clumsy::default()).await;
    let mut packed = MessagePackClient::connect(&server).await;
    packed
        .send(&framed(b"\x96\x01\x80\xa11\xb0ReturnUnwritable\x90\x90"))
        .await;
    assert_eq!(
        packed.next().await,
        framed(b"\x95\x03\x80\xa11\x03\x81\x92\x01\x02\x03")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_arguments_are_decoded_fails_the_call_alone() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    let answer = client.call("1", "Take", json!([1])).await;
    assert_eq!(
        (&answer["type"], &answer["invocationId"]),
        (&json!(3), &json!("1"))
    );
    assert!(answer["error"].is_string(), "{answer}");
    // The same for a call that has to wait, in front of which another one runs.
    client
        .send_all([
            call("2", "EchoLater", json!([2])),
            call("3", "Take", json!([1])),
        ])
        .await;
    let mut answered = [client.next().await, client.next().await];
    answered.sort_by_key(|answer| answer["invocationId"].to_string());
    assert_eq!(answered[0], result("2", 2));
    assert!(answered[1]["error"].is_string(), "{answered:?}");
    assert_eq!(client.call("4", "Echo", json!([7])).await, result("4", 7));
    drop(client);
    tests::eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_an_item_is_decoded_ends_the_upload_alone() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_all([
            json!({"type": 1, "invocationId": "1", "target": "TakeAll", "arguments": [],
                "streamIds": ["u"]}),
            json!({"type": 2, "invocationId": "u", "item": 1}),
        ])
        .await;
    assert_eq!(client.next().await, result("1", "an error"));
    assert_eq!(client.call("2", "Echo", json!([7])).await, result("2", 7));
    drop(client);
    tests::eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_a_caller_is_authorized_admits_nobody() {
    let (server, context) = TestServer::start(Clumsy::default()).await;
    let mut client = RawClient::connect(&server).await;
    let error = "Failed to invoke 'Guarded' because user is unauthorized";
    let answer = client.call("1", "Guarded", json!([])).await;
    assert_eq!(answer, failure("1", error));
    assert_eq!(client.call("2", "Echo", json!([7])).await, result("2", 7));
    drop(client);
    tests::eventually(|| context.connection_count() == 0).await;
}
