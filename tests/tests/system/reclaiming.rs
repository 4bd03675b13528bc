//! What is left behind when clients go, or never really come: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_server::{
    AnyClient, CancellationToken, DisconnectReason, HubCaller, HubContext, HubError, HubOptions,
    StreamArg, hub,
};
use serde_json::json;
use tests::{
    Client, Ending, EventClient, JSON_HANDSHAKE, PollingClient, RawClient, Requests, TestServer,
    call, within,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Tells the test what happens in it.
struct Watched {
    news: UnboundedSender<String>,
    connected: Arc<AtomicUsize>,
}

impl Watched {
    fn tell(&self, what: impl Into<String>) {
        // The test may have seen enough.
        let _ = self.news.send(what.into());
    }
}

#[hub(client = AnyClient)]
impl Watched {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        self.connected.fetch_add(1, Ordering::SeqCst);
        caller.groups().add("everyone").await
    }

    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        self.connected.fetch_sub(1, Ordering::SeqCst);
        self.tell(format!("disconnected: {reason:?}"));
    }

    async fn read_upload(&self, mut items: StreamArg<u32>) {
        loop {
            match items.next().await {
                Some(Ok(item)) => self.tell(format!("item {item}")),
                Some(Err(error)) => self.tell(format!("error: {error}")),
                None => return self.tell("upload over"),
            }
        }
    }

    async fn wait_for_the_end(&self, cancelled: CancellationToken) {
        self.tell("waiting");
        cancelled.cancelled().await;
        self.tell("cancelled");
    }

    async fn ask(&self, caller: &HubCaller<Self>) {
        self.tell("asking");
        let answer = caller.clients().caller().invoke::<u32>("Ask", ()).await;
        self.tell(match answer {
            Ok(answer) => format!("answer: {answer}"),
            Err(error) => format!("no answer: {error}"),
        });
    }

    async fn connection_id(&self, caller: &HubCaller<Self>) -> String {
        caller.connection_id().to_string()
    }

    async fn abort(&self, caller: &HubCaller<Self>) {
        caller.abort();
    }

    fn tick(&self) -> impl futures_util::Stream<Item = String> + Send + use<> {
        let guard = Guard(self.news.clone());
        futures_util::stream::unfold(guard, |guard| async move {
            tokio::task::yield_now().await;
            Some(("tick".repeat(100), guard))
        })
    }
}

struct Guard(UnboundedSender<String>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send("stream dropped".into());
    }
}

struct Watch {
    server: TestServer,
    context: HubContext<Watched>,
    news: UnboundedReceiver<String>,
    connected: Arc<AtomicUsize>,
}

impl Watch {
    async fn start(options: HubOptions) -> Self {
        let (sender, news) = unbounded_channel();
        let connected = Arc::new(AtomicUsize::new(0));
        let hub = Watched {
            news: sender,
            connected: connected.clone(),
        };
        let (server, context) = TestServer::start_with(hub, options).await;
        Self {
            server,
            context,
            news,
            connected,
        }
    }

    async fn next(&mut self) -> String {
        within(self.news.recv()).await.expect("the hub lives")
    }

    /// Nothing is left, and the hook has run once for every connection.
    async fn expect_nothing_left(&mut self) {
        tests::eventually(|| self.context.connection_count() == 0).await;
        assert_eq!(self.connected.load(Ordering::SeqCst), 0);
        assert_eq!(self.news.try_recv().ok(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_negotiation_that_nobody_follows_is_forgotten() {
    let options = HubOptions::new().disconnect_timeout(Duration::from_millis(100));
    let mut watch = Watch::start(options).await;
    let requests = Requests::to(&watch.server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    within(async {
        // DELETE asks without becoming the transport.
        while requests.request("DELETE", &target).await.status != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(requests.request("GET", &target).await.status, 404);
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_without_a_handshake_never_reach_the_hub() {
    let options = HubOptions::new().handshake_timeout(Duration::from_millis(100));
    let mut watch = Watch::start(options).await;
    let mut silent = RawClient::open(&watch.server, "/hub").await;
    assert_eq!(watch.context.connection_count(), 0);
    let expected = json!({"error": "Handshake was canceled."});
    assert_eq!(silent.next().await, expected);
    assert_eq!(silent.ending().await, Ending::Closed(1000));
    drop(RawClient::open(&watch.server, "/hub").await);
    let mut events = EventClient::open(&watch.server).await;
    assert_eq!(events.next().await, expected);
    assert_eq!(events.received().await, None);
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_vanishes_while_it_shakes_hands_leaves_nothing() {
    let mut watch = Watch::start(HubOptions::new()).await;
    for _ in 0..50 {
        let mut client = RawClient::open(&watch.server, "/hub").await;
        client.send_text(JSON_HANDSHAKE).await;
    }
    let mut last = RawClient::connect(&watch.server).await;
    last.invoke("ConnectionId", json!([])).await;
    drop(last);
    tests::eventually(|| watch.context.connection_count() == 0).await;
    assert_eq!(watch.connected.load(Ordering::SeqCst), 0);
    let mut told = 0;
    while let Ok(news) = watch.news.try_recv() {
        assert!(news.starts_with("disconnected"), "{news}");
        told += 1;
    }
    assert!((1..=51).contains(&told), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_come_and_go_are_all_forgotten() {
    let mut watch = Watch::start(HubOptions::new()).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(RawClient::connect(&watch.server).await);
    }
    tests::eventually(|| watch.connected.load(Ordering::SeqCst) == 200).await;
    assert_eq!(watch.context.connection_count(), 200);
    for (at, mut client) in clients.into_iter().enumerate() {
        match at % 3 {
            0 => drop(client),
            1 => client.close().await,
            _ => client.send(json!({"type": 7})).await,
        }
    }
    for _ in 0..200 {
        assert!(watch.next().await.starts_with("disconnected"));
    }
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_learns_once_why_a_connection_ended() {
    let mut watch = Watch::start(HubOptions::new()).await;
    let mut client = RawClient::connect(&watch.server).await;
    client.send(json!({"type": 7, "error": "enough"})).await;
    assert_eq!(
        watch.next().await,
        "disconnected: ClosedWithError(\"enough\")"
    );
    let mut client = RawClient::connect(&watch.server).await;
    client.send(call("1", "Abort", json!([]))).await;
    assert_eq!(client.next().await, json!({"type": 7}));
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(watch.next().await, "disconnected: Aborted");
    let mut client = RawClient::connect(&watch.server).await;
    client.send_text("{}").await;
    assert!(watch.next().await.starts_with("disconnected: Protocol("));
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_pinged_may_not_fall_silent() {
    let options = HubOptions::new()
        .keep_alive_interval(Duration::from_millis(50))
        .client_timeout_interval(Duration::from_millis(300));
    let mut watch = Watch::start(options).await;
    // Who never pings is not timed.
    let mut quiet = RawClient::connect(&watch.server).await;
    let mut client = RawClient::connect(&watch.server).await;
    client.send(json!({"type": 6})).await;
    let expected =
        json!({"type": 7, "error": "Connection closed with an error.", "allowReconnect": true});
    assert_eq!(client.next().await, expected);
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(watch.next().await, "disconnected: Timeout");
    assert!(quiet.invoke("ConnectionId", json!([])).await.is_string());
}

/// The client goes in the middle of an upload.
async fn the_reader_learns_of_the_loss(mut watch: Watch, mut client: impl Client + Send) {
    client
        .send_record(
            json!({"type": 1, "invocationId": "1", "target": "ReadUpload", "arguments": [],
            "streamIds": ["u"]}),
        )
        .await;
    for item in 0..5 {
        client
            .send_record(json!({"type": 2, "invocationId": "u", "item": item}))
            .await;
        assert_eq!(watch.next().await, format!("item {item}"));
    }
    drop(client);
    let mut news = Vec::new();
    for _ in 0..3 {
        news.push(watch.next().await);
    }
    news.retain(|what| !what.starts_with("disconnected"));
    assert_eq!(
        news,
        [
            "error: The underlying connection was closed.",
            "upload over"
        ]
    );
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_of_an_upload_learns_that_a_websocket_is_lost() {
    let watch = Watch::start(HubOptions::new()).await;
    let client = RawClient::connect(&watch.server).await;
    the_reader_learns_of_the_loss(watch, client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_of_an_upload_learns_that_an_event_stream_is_lost() {
    let watch = Watch::start(HubOptions::new()).await;
    let client = EventClient::connect(&watch.server).await;
    the_reader_learns_of_the_loss(watch, client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_of_an_upload_learns_that_polls_have_ended() {
    let options = HubOptions::new().disconnect_timeout(Duration::from_millis(500));
    let watch = Watch::start(options).await;
    let client = PollingClient::connect(&watch.server).await;
    the_reader_learns_of_the_loss(watch, client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_questions_end_with_the_connection() {
    let mut watch = Watch::start(HubOptions::new().maximum_parallel_invocations(2)).await;
    let mut client = RawClient::connect(&watch.server).await;
    let id = client.invoke("ConnectionId", json!([])).await;
    client.send(call("1", "WaitForTheEnd", json!([]))).await;
    assert_eq!(watch.next().await, "waiting");
    client.send(call("2", "Ask", json!([]))).await;
    assert_eq!(watch.next().await, "asking");
    assert_eq!(client.next().await["target"], "Ask");
    drop(client);
    let mut news = Vec::new();
    for _ in 0..3 {
        news.push(watch.next().await);
    }
    news.retain(|what| !what.starts_with("disconnected"));
    news.sort();
    let id = id.as_str().unwrap();
    let no_answer = format!("no answer: Connection '{id}' disconnected.");
    assert_eq!(news, ["cancelled".to_owned(), no_answer]);
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_dropped_when_nobody_receives_it_any_more() {
    let mut watch = Watch::start(HubOptions::new()).await;
    let mut client = RawClient::connect(&watch.server).await;
    client
        .send(tests::stream_call("1", "Tick", json!([])))
        .await;
    assert_eq!(client.next().await["type"], 2);
    drop(client);
    let mut news = [watch.next().await, watch.next().await];
    news.sort();
    assert!(news[0].starts_with("disconnected"), "{news:?}");
    assert_eq!(news[1], "stream dropped");
    watch.expect_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poller_that_stays_away_is_forgotten() {
    let options = HubOptions::new().disconnect_timeout(Duration::from_millis(300));
    let mut watch = Watch::start(options).await;
    let client = PollingClient::connect(&watch.server).await;
    assert!(watch.next().await.starts_with("disconnected"));
    watch.expect_nothing_left().await;
    within(async {
        // What was left for the next poll is kept no longer than this, either.
        while client.poll().await.status != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_that_is_closed_ends_its_connection() {
    let mut watch = Watch::start(HubOptions::new()).await;
    let client = EventClient::connect(&watch.server).await;
    assert_eq!(watch.context.connection_count(), 1);
    drop(client);
    assert!(watch.next().await.starts_with("disconnected"));
    watch.expect_nothing_left().await;
}
