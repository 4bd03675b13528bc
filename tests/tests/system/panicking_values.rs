//! Futures, values and wakers of the application that panic where nobody calls
//! it: when they are dropped, half-way through being written, or woken.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};

use futures_util::{Stream, stream};
use hub_server::{
    AnyClient, CancellationToken, Hub, HubCaller, HubContext, HubError, HubMethods, StreamArg, hub,
};
use serde::ser::{Error, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use tests::{Client, Ending, EventClient, PollingClient, RawClient, TestServer, call, stream_call};

use crate::{failure, result};

/// Panics when it is dropped.
#[derive(Deserialize, Serialize)]
struct Grenade(u32);

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

/// A future that is ready, and panics when it is dropped.
struct LastWords(
    Option<u32>,
    #[expect(dead_code, reason = "dropped only")] Grenade,
);

impl Future for LastWords {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        Poll::Ready(self.0.take().unwrap())
    }
}

/// Is written half, and then panics or fails.
struct HalfWritten {
    panics: bool,
}

impl Serialize for HalfWritten {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut half = serializer.serialize_struct("HalfWritten", 2)?;
        half.serialize_field("first", "half")?;
        assert!(!self.panics, "on purpose");
        Err(S::Error::custom("no second half"))
    }
}

/// A waker that panics.
struct Grumpy;

impl Wake for Grumpy {
    fn wake(self: Arc<Self>) {
        panic!("on purpose");
    }
}

/// Data of a connection that panics when it is dropped, if it is spoiled.
#[derive(Default)]
struct Data(AtomicBool);

impl Drop for Data {
    fn drop(&mut self) {
        assert!(!self.0.load(Ordering::SeqCst), "on purpose");
    }
}

#[derive(Default)]
struct Fragile {
    disconnected: Arc<AtomicUsize>,
}

#[hub(client = AnyClient, data = Data)]
impl Fragile {
    #[on_disconnected]
    async fn disconnected(&self) {
        self.disconnected.fetch_add(1, Ordering::SeqCst);
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }

    async fn shout(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        Ok(caller.clients().others().send("Heard", ()).await?)
    }

    async fn spoil_data(&self, caller: &HubCaller<Self>) {
        caller.data().0.store(true, Ordering::SeqCst);
    }

    async fn grenade(&self) -> Grenade {
        Grenade(7)
    }

    async fn grenade_later(&self) -> Grenade {
        tokio::task::yield_now().await;
        Grenade(7)
    }

    fn grenades(&self) -> impl Stream<Item = Grenade> + Send {
        stream::iter([7, 8].map(Grenade))
    }

    async fn half(&self, panics: bool) -> HalfWritten {
        HalfWritten { panics }
    }

    async fn half_later(&self, panics: bool) -> HalfWritten {
        tokio::task::yield_now().await;
        HalfWritten { panics }
    }

    fn half_stream(&self, panics: bool) -> impl Stream<Item = HalfWritten> + Send {
        stream::iter([HalfWritten { panics }])
    }

    async fn ignore(&self, items: StreamArg<Grenade>, cancelled: CancellationToken) {
        drop(items);
        cancelled.cancelled().await;
    }

    /// Waits for its cancellation with a waker that panics.
    async fn be_grumpy(&self, caller: &HubCaller<Self>, cancelled: CancellationToken) {
        let mut waiting = pin!(cancelled.cancelled());
        let grumpy = Arc::new(Grumpy).into();
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(&grumpy))
                .is_pending()
        );
        caller.clients().caller().send("Waiting", ()).await.unwrap();
        std::future::pending::<()>().await;
    }
}

/// By hand, since the macro wraps what it calls into a future of its own.
struct ByHand;

impl Hub for ByHand {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods
            .method("LastWords", || LastWords(Some(7), Grenade(0)))
            .method("Echo", async |value: u32| value)
    }
}

fn unexpected(method: &str) -> String {
    format!("An unexpected error occurred invoking '{method}' on the server.")
}

async fn still_works(client: &mut (impl Client + Send)) {
    let answer = client.answer("after", "Echo", json!([9])).await;
    assert_eq!(answer, result("after", 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_panics_when_it_is_dropped_was_sent_once() {
    let (server, _) = TestServer::start(Fragile::default()).await;
    let mut client = RawClient::connect(&server).await;
    for method in ["Grenade", "GrenadeLater"] {
        assert_eq!(client.call("1", method, json!([])).await, result("1", 7));
        still_works(&mut client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_panics_when_it_is_dropped_ends_the_stream_once() {
    let (server, _) = TestServer::start(Fragile::default()).await;
    let mut client = RawClient::connect(&server).await;
    client.send(stream_call("1", "Grenades", json!([]))).await;
    let item = json!({"type": 2, "invocationId": "1", "item": 7});
    assert_eq!(client.next().await, item);
    let error = "An error occurred on the server while streaming results.";
    assert_eq!(client.next().await, failure("1", error));
    still_works(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_panics_when_it_is_dropped_has_answered() {
    let (server, _) = TestServer::start(ByHand).await;
    let mut client = RawClient::connect(&server).await;
    for _ in 0..2 {
        let answer = client.call("1", "LastWords", json!([])).await;
        assert_eq!(answer, result("1", 7));
    }
    still_works(&mut client).await;
}

async fn nothing_half_is_sent(client: &mut (impl Client + Send)) {
    for panics in [true, false] {
        for method in ["Half", "HalfLater"] {
            let answer = client.answer("1", method, json!([panics])).await;
            assert_eq!(answer, failure("1", &unexpected(method)));
            still_works(client).await;
        }
        client
            .send_record(stream_call("2", "HalfStream", json!([panics])))
            .await;
        let error = "An error occurred on the server while streaming results.";
        assert_eq!(client.next_record().await, failure("2", error));
        still_works(client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_panics_half_way_is_not_sent_at_all() {
    let (server, _) = TestServer::start(Fragile::default()).await;
    nothing_half_is_sent(&mut RawClient::connect(&server).await).await;
    nothing_half_is_sent(&mut EventClient::connect(&server).await).await;
    nothing_half_is_sent(&mut PollingClient::connect(&server).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_nobody_reads_may_panic_when_they_are_dropped() {
    let (server, _) = TestServer::start(Fragile::default()).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_all([json!({"type": 1, "invocationId": "1", "target": "Ignore",
            "arguments": [], "streamIds": ["u"]})])
        .await;
    for item in 0..20 {
        client
            .send(json!({"type": 2, "invocationId": "u", "item": item}))
            .await;
        still_works(&mut client).await;
    }
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    assert_eq!(client.next().await, result("1", json!(null)));
    still_works(&mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_panics_when_it_is_dropped_harms_nobody() {
    let fragile = Fragile::default();
    let disconnected = fragile.disconnected.clone();
    let (server, context) = TestServer::start(fragile).await;
    let mut neighbour = RawClient::connect(&server).await;
    for count in 1..=20 {
        let mut client = RawClient::connect(&server).await;
        client.invoke("SpoilData", json!([])).await;
        drop(client);
        // Broadcasts hold on to whoever was connected when they began.
        for _ in 0..10 {
            neighbour.invoke("Shout", json!([])).await;
        }
        tests::eventually(|| context.connection_count() == 1).await;
        assert_eq!(disconnected.load(Ordering::SeqCst), count);
    }
}

/// A client that is waited for with a waker that panics, and one beside it.
async fn grumpy() -> (House, RawClient, RawClient) {
    let fragile = Fragile::default();
    let disconnected = fragile.disconnected.clone();
    let (server, context) = TestServer::start(fragile).await;
    let neighbour = RawClient::connect(&server).await;
    let mut client = RawClient::connect(&server).await;
    client.send(call("1", "BeGrumpy", json!([]))).await;
    assert_eq!(client.next_call("Waiting").await, json!([]));
    let house = House {
        _server: server,
        context,
        disconnected,
    };
    (house, client, neighbour)
}

struct House {
    _server: TestServer,
    context: HubContext<Fragile>,
    disconnected: Arc<AtomicUsize>,
}

impl House {
    async fn forgets_one(&self) {
        tests::eventually(|| self.context.connection_count() == 1).await;
        assert_eq!(self.disconnected.load(Ordering::SeqCst), 1);
    }
}

/// Whatever panics in a place that nobody foresaw, nothing of the connection is
/// left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_connections_own_task_ends_it_in_order() {
    let (house, mut client, mut neighbour) = grumpy().await;
    client.send(json!({"type": 5, "invocationId": "1"})).await;
    assert_eq!(client.ending().await, Ending::Cut);
    house.forgets_one().await;
    still_works(&mut neighbour).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_at_the_end_of_a_connection_leaves_nothing_behind() {
    let (house, client, mut neighbour) = grumpy().await;
    drop(client);
    house.forgets_one().await;
    still_works(&mut neighbour).await;
}
