//! Clients that poll and then stay away, at moments when nothing would be read
//! from them anyway.

use std::time::Duration;

use hub_server::{
    CancellationToken, DisconnectReason, HubCaller, HubContext, HubError, HubOptions, StreamArg,
    hub,
};
use serde_json::json;
use tests::{PollingClient, TestServer, call, within};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const TIMEOUT: Duration = Duration::from_millis(300);

struct Slow {
    news: UnboundedSender<&'static str>,
    connects: bool,
}

impl Slow {
    fn tell(&self, what: &'static str) {
        // The test may have seen enough.
        let _ = self.news.send(what);
    }
}

#[hub]
impl Slow {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        if !self.connects {
            caller.aborted().cancelled().await;
            self.tell("aborted");
        }
        Ok(())
    }

    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        self.tell(match reason {
            DisconnectReason::Closed => "disconnected",
            _ => "disconnected for another reason",
        });
    }

    async fn wait(&self, cancelled: CancellationToken) {
        self.tell("waiting");
        cancelled.cancelled().await;
        self.tell("cancelled");
    }

    async fn read_nothing(&self, items: StreamArg<u32>, cancelled: CancellationToken) {
        self.tell("waiting");
        cancelled.cancelled().await;
        drop(items);
        self.tell("cancelled");
    }
}

async fn start(
    connects: bool,
) -> (
    TestServer,
    HubContext<Slow>,
    UnboundedReceiver<&'static str>,
) {
    let (sender, news) = unbounded_channel();
    let hub = Slow {
        news: sender,
        connects,
    };
    let options = HubOptions::new()
        .disconnect_timeout(TIMEOUT)
        .maximum_waiting_bytes(10);
    let (server, context) = TestServer::start_with(hub, options).await;
    (server, context, news)
}

async fn expect_the_end(context: &HubContext<Slow>, news: &mut UnboundedReceiver<&'static str>) {
    let mut ends = [within(news.recv()).await, within(news.recv()).await];
    ends.sort_unstable();
    assert_eq!(ends, [Some("cancelled"), Some("disconnected")]);
    tests::eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_calls_that_fill_the_line() {
    let (server, context, mut news) = start(true).await;
    let client = PollingClient::connect(&server).await;
    for id in ["1", "2"] {
        client.send(call(id, "Wait", json!([]))).await;
    }
    assert_eq!(within(news.recv()).await, Some("waiting"));
    expect_the_end(&context, &mut news).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_an_upload_that_nobody_reads() {
    let (server, context, mut news) = start(true).await;
    let client = PollingClient::connect(&server).await;
    client
        .send(
            json!({"type": 1, "invocationId": "1", "target": "ReadNothing", "arguments": [],
            "streamIds": ["u"]}),
        )
        .await;
    assert_eq!(within(news.recv()).await, Some("waiting"));
    for item in 0..20 {
        client
            .send(json!({"type": 2, "invocationId": "u", "item": item}))
            .await;
    }
    expect_the_end(&context, &mut news).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_hub_is_still_being_told_of_them() {
    let (server, context, mut news) = start(false).await;
    let _client = PollingClient::connect(&server).await;
    assert_eq!(within(news.recv()).await, Some("aborted"));
    // What `on_connected` did has to be undone.
    assert_eq!(within(news.recv()).await, Some("disconnected"));
    tests::eventually(|| context.connection_count() == 0).await;
}
