//! Clients that send, say goodbye, and are gone before the server is done.

use std::sync::Arc;

use futures_util::{Stream, stream};
use hub_server::{HubCaller, HubContext, HubError, hub};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tests::{EventClient, PollingClient, RawClient, TestServer, eventually, stream_call};
use tokio::sync::Semaphore;

struct Ledger {
    gate: Arc<Semaphore>,
    entries: Arc<Mutex<Vec<u32>>>,
}

#[hub]
impl Ledger {
    async fn enter(&self, number: u32) {
        let permit = self.gate.acquire().await;
        self.entries.lock().push(number);
        drop(permit);
    }

    async fn fail(&self) -> Result<(), HubError> {
        tokio::task::yield_now().await;
        Err(HubError::new("no"))
    }

    async fn panic(&self) {
        panic!("on purpose");
    }

    fn cut_off(&self, caller: &HubCaller<Self>) -> impl Stream<Item = u32> + Send + use<> {
        caller.abort();
        stream::empty()
    }
}

struct House {
    server: TestServer,
    context: HubContext<Ledger>,
    gate: Arc<Semaphore>,
    entries: Arc<Mutex<Vec<u32>>>,
}

impl House {
    async fn start() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let entries = Arc::default();
        let ledger = Ledger {
            gate: Arc::clone(&gate),
            entries: Arc::clone(&entries),
        };
        let (server, context) = TestServer::start(ledger).await;
        Self {
            server,
            context,
            gate,
            entries,
        }
    }

    /// Everything that was sent is carried out, in order, although the
    /// connection is long forgotten.
    async fn expect_all(&self) {
        eventually(|| self.context.connection_count() == 0).await;
        assert_eq!(*self.entries.lock(), [0; 0]);
        self.gate.add_permits(1);
        eventually(|| self.entries.lock().len() == 10).await;
        assert!(self.entries.lock().iter().copied().eq(0..10));
    }
}

fn sends() -> impl Iterator<Item = Value> {
    let send = |number| json!({"type": 1, "target": "Enter", "arguments": [number]});
    let others = ["Fail", "Panic", "Unknown"];
    let others = others.map(|target| json!({"type": 1, "target": target, "arguments": []}));
    (0..5).map(send).chain(others).chain((5..10).map(send))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_goodbye_everything_is_carried_out() {
    let house = House::start().await;
    let mut client = RawClient::connect(&house.server).await;
    client.send_all(sends().chain([json!({"type": 7})])).await;
    assert_eq!(client.next().await, json!({"type": 7}));
    house.expect_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_close_frame_everything_is_carried_out() {
    let house = House::start().await;
    let mut client = RawClient::connect(&house.server).await;
    client.send_all(sends()).await;
    client.close().await;
    house.expect_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_event_stream_is_given_up_everything_is_carried_out() {
    let house = House::start().await;
    let client = EventClient::connect(&house.server).await;
    for send in sends() {
        client.send(send).await;
    }
    drop(client);
    house.expect_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_delete_everything_is_carried_out() {
    let house = House::start().await;
    let client = PollingClient::connect(&house.server).await;
    for send in sends() {
        client.send(send).await;
    }
    let requests = client.requests();
    let deleted = requests.request("DELETE", client.target()).await;
    assert_eq!(deleted.status, 202);
    house.expect_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_broken_message_everything_is_carried_out() {
    let house = House::start().await;
    let mut client = RawClient::connect(&house.server).await;
    client.send_all(sends()).await;
    client.send_text("no message").await;
    house.expect_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_cut_off_by_the_hub_gets_nothing_more_done() {
    let house = House::start().await;
    let mut client = RawClient::connect(&house.server).await;
    client.send_all(sends().take(2)).await;
    client.send(stream_call("1", "CutOff", json!([]))).await;
    assert_eq!(client.next().await, json!({"type": 7}));
    eventually(|| house.context.connection_count() == 0).await;
    house.gate.add_permits(1);
    let mut other = RawClient::connect(&house.server).await;
    other.invoke("Enter", json!([7])).await;
    eventually(|| house.entries.lock().len() == 2).await;
    other.invoke("Enter", json!([8])).await;
    assert_eq!(*house.entries.lock(), [0, 7, 8]);
}
