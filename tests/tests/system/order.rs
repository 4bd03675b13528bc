//! In which order things happen and arrive.

use std::sync::Arc;

use hub_server::{AnyClient, CancellationToken, HubCaller, HubError, HubOptions, StreamArg, hub};
use serde_json::{Value, json};
use tests::{
    Client, EventClient, MessagePackClient, PollingClient, RawClient, TestServer, call, framed,
    stream_call,
};
use tokio::sync::{Barrier, Semaphore};

use crate::{failure, result};

/// Methods wait at the gate until a test, or another method, lets them pass.
struct Orderly {
    gate: Arc<Semaphore>,
    meeting: Barrier,
}

impl Orderly {
    fn new() -> (Self, Arc<Semaphore>) {
        let gate = Arc::new(Semaphore::new(0));
        let hub = Self {
            gate: gate.clone(),
            meeting: Barrier::new(4),
        };
        (hub, gate)
    }

    async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }
}

#[hub(client = AnyClient)]
impl Orderly {
    async fn echo(&self, value: u32) -> u32 {
        value
    }

    async fn open_gate(&self) {
        self.gate.add_permits(1);
    }

    async fn wait(&self, value: u32) -> u32 {
        self.pass().await;
        value
    }

    /// Waits until four calls are here.
    async fn meet(&self, value: u32) -> u32 {
        self.meeting.wait().await;
        value
    }

    async fn wait_or_be_cancelled(&self, cancelled: CancellationToken) -> &'static str {
        tokio::select! {
            () = cancelled.cancelled() => "cancelled",
            () = self.pass() => "passed",
        }
    }

    async fn send(&self, caller: &HubCaller<Self>, count: u32) -> Result<u32, HubError> {
        for number in 0..count {
            caller.clients().caller().send("Number", (number,)).await?;
        }
        Ok(count)
    }

    /// Sends before, between and after waiting.
    async fn send_and_wait(&self, caller: &HubCaller<Self>, count: u32) -> Result<u32, HubError> {
        for number in 0..count {
            caller.clients().all().send("Number", (number,)).await?;
            tokio::task::yield_now().await;
        }
        Ok(count)
    }

    async fn send_and_fail(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        caller.clients().caller().send("Number", (0,)).await?;
        Err(HubError::new("no more"))
    }

    async fn join_send_leave(&self, caller: &HubCaller<Self>, turn: u32) -> Result<(), HubError> {
        caller.groups().add("short").await?;
        caller.clients().group("short").send("In", (turn,)).await?;
        caller.groups().remove("short").await?;
        caller.clients().group("short").send("Out", (turn,)).await?;
        Ok(())
    }

    async fn sum(&self, mut items: StreamArg<u32>) -> Result<u32, HubError> {
        let mut total = 0;
        while let Some(item) = items.next().await {
            total += item?;
        }
        Ok(total)
    }

    /// A stream that never ends by itself.
    fn tick(&self) -> impl futures_util::Stream<Item = u32> + Send {
        futures_util::stream::unfold(0, |number| async move {
            tokio::task::yield_now().await;
            Some((number, number + 1))
        })
    }
}

async fn start(slots: usize) -> (TestServer, Arc<Semaphore>) {
    let (hub, gate) = Orderly::new();
    let options = HubOptions::new().maximum_parallel_invocations(slots);
    (TestServer::start_with(hub, options).await.0, gate)
}

async fn expect_numbers(client: &mut RawClient, count: u32) {
    for number in 0..count {
        assert_eq!(client.next_call("Number").await, json!([number]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_method_sends_to_its_caller_precedes_its_answer() {
    let (server, _) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    for method in ["Send", "SendAndWait"] {
        for count in [0, 1, 2, 100] {
            client.send(call("1", method, json!([count]))).await;
            expect_numbers(&mut client, count).await;
            assert_eq!(client.next().await, result("1", count), "{method}");
        }
    }
    client.send(call("2", "SendAndFail", json!([]))).await;
    expect_numbers(&mut client, 1).await;
    let error = "An unexpected error occurred invoking 'SendAndFail' on the server. \
                 HubException: no more";
    assert_eq!(client.next().await, failure("2", error));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_for_messagepack() {
    let (server, _) = start(1).await;
    let mut client = MessagePackClient::connect(&server).await;
    client
        .send(&framed(b"\x96\x01\x80\xa11\xa4Send\x91\x02\x90"))
        .await;
    for number in 0..2 {
        let expected = [&b"\x96\x01\x80\xc0\xa6Number\x91"[..], &[number], b"\x90"].concat();
        assert_eq!(client.next().await, framed(&expected));
    }
    assert_eq!(client.next().await, framed(b"\x95\x03\x80\xa11\x03\x02"));
}

/// What a method sends to a group that its caller joined for just that long.
async fn joins_hears_and_leaves(client: &mut (impl Client + Send), turns: u32) {
    for turn in 0..turns {
        client
            .send_record(call("1", "JoinSendLeave", json!([turn])))
            .await;
        let heard = json!({"type": 1, "target": "In", "arguments": [turn]});
        assert_eq!(client.next_record().await, heard);
        assert_eq!(client.next_record().await, result("1", Value::Null));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_joined_sent_to_and_left_in_this_order() {
    let (server, _) = start(1).await;
    joins_hears_and_leaves(&mut RawClient::connect(&server).await, 200).await;
    joins_hears_and_leaves(&mut EventClient::connect(&server).await, 20).await;
    joins_hears_and_leaves(&mut PollingClient::connect(&server).await, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_client_run_one_after_the_other() {
    let (server, gate) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_all([
            call("1", "Wait", json!([1])),
            call("2", "Echo", json!([2])),
            call("3", "Wait", json!([3])),
            call("4", "Echo", json!([4])),
        ])
        .await;
    gate.add_permits(2);
    for number in 1..=4 {
        let id = number.to_string();
        assert_eq!(client.next().await, result(&id, number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_in_line_keep_their_order_however_many_they_are() {
    let (server, gate) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client.send(call("first", "Wait", json!([0]))).await;
    // More than may wait, so that the connection is not read meanwhile.
    let calls = (0..5_000).map(|number| call(&number.to_string(), "Echo", json!([number])));
    client.send_all(calls).await;
    gate.add_permits(1);
    assert_eq!(client.next().await, result("first", 0));
    for number in 0..5_000 {
        assert_eq!(client.next().await, result(&number.to_string(), number));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_four_slots_four_calls_run_at_once_and_no_fifth() {
    let (server, gate) = start(4).await;
    let mut client = RawClient::connect(&server).await;
    let meet = |number: u32| call(&number.to_string(), "Meet", json!([number]));
    client.send_all((0..4).map(meet)).await;
    let mut met = Vec::new();
    for _ in 0..4 {
        met.push(client.next().await["result"].as_u64().unwrap());
    }
    met.sort_unstable();
    assert_eq!(met, [0, 1, 2, 3]);

    let wait = |number: u32| call(&number.to_string(), "Wait", json!([number]));
    client.send_all((0..4).map(wait)).await;
    client.send(call("fifth", "Echo", json!([5]))).await;
    // A stream does not stand in line: that it ends shows that the fifth waits.
    client.send(stream_call("stream", "Tick", json!([]))).await;
    assert_eq!(client.next().await["type"], 2);
    gate.add_permits(1);
    let mut answered = Vec::new();
    while answered.len() < 2 {
        let record = client.next().await;
        if record["type"] == 3 {
            answered.push(record["invocationId"].clone());
        }
    }
    assert_eq!(answered[1], "fifth", "{answered:?}");
    gate.add_permits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_is_cancelled_while_another_waits() {
    let (server, _) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_all([
            call("1", "WaitOrBeCancelled", json!([])),
            call("2", "Echo", json!([2])),
            json!({"type": 5, "invocationId": "1"}),
        ])
        .await;
    assert_eq!(client.next().await, result("1", "cancelled"));
    assert_eq!(client.next().await, result("2", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_is_cancelled_and_keeps_its_turn() {
    let (server, gate) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_all([
            call("1", "Wait", json!([1])),
            call("2", "WaitOrBeCancelled", json!([])),
            call("3", "Echo", json!([3])),
            json!({"type": 5, "invocationId": "2"}),
        ])
        .await;
    // What the stream says comes after the cancellation was read.
    client.send(stream_call("s", "Tick", json!([]))).await;
    assert_eq!(client.next().await["invocationId"], "s");
    client.send(json!({"type": 5, "invocationId": "s"})).await;
    while client.next().await["type"] == 2 {}
    gate.add_permits(1);
    assert_eq!(client.next().await, result("1", 1));
    assert_eq!(client.next().await, result("2", "cancelled"));
    assert_eq!(client.next().await, result("3", 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_stream_ends_without_an_error() {
    let (server, _) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client.send(stream_call("1", "Tick", json!([]))).await;
    for number in 0..10 {
        let expected = json!({"type": 2, "invocationId": "1", "item": number});
        assert_eq!(client.next().await, expected);
    }
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    let mut last = client.next().await;
    while last["type"] == 2 {
        last = client.next().await;
    }
    assert_eq!(last, json!({"type": 3, "invocationId": "1"}));
    assert_eq!(client.call("2", "Echo", json!([2])).await, result("2", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_flow_while_a_call_runs() {
    let (server, gate) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    client.send(call("1", "Wait", json!([1]))).await;
    for upload in ["a", "b"] {
        client
            .send(
                json!({"type": 1, "invocationId": upload, "target": "Sum", "arguments": [],
                "streamIds": [upload]}),
            )
            .await;
    }
    for item in 1..=100 {
        for upload in ["a", "b"] {
            client
                .send(json!({"type": 2, "invocationId": upload, "item": item}))
                .await;
        }
    }
    for upload in ["b", "a"] {
        client
            .send(json!({"type": 3, "invocationId": upload}))
            .await;
        assert_eq!(client.next().await, result(upload, 5050));
    }
    gate.add_permits(1);
    assert_eq!(client.next().await, result("1", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_call_of_one_client_holds_up_no_other() {
    let (server, _) = start(1).await;
    let mut waiting = RawClient::connect(&server).await;
    let mut other = RawClient::connect(&server).await;
    waiting.send(call("1", "Wait", json!([1]))).await;
    other.invoke("OpenGate", json!([])).await;
    assert_eq!(waiting.next().await, result("1", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_free_as_soon_as_its_answer_has_come() {
    let (server, _) = start(1).await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..200 {
        client.send(stream_call("1", "Tick", json!([]))).await;
        client.send(json!({"type": 5, "invocationId": "1"})).await;
        let mut last = client.next().await;
        while last["type"] == 2 {
            last = client.next().await;
        }
        assert_eq!(last, json!({"type": 3, "invocationId": "1"}));
        client
            .send_all([
                call("1", "WaitOrBeCancelled", json!([])),
                json!({"type": 5, "invocationId": "1"}),
            ])
            .await;
        assert_eq!(client.next().await, result("1", "cancelled"));
    }
}
