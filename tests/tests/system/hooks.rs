//! The connected and disconnected hooks, whatever happens between them.

use std::sync::Arc;
use std::time::Duration;

use hub_server::protocol::{
    Call, DecodeError, EncodeArguments, EncodeError, EncodeValue, Encoding, HubMessage,
    HubProtocol, JsonProtocol, Next, TransferFormat,
};
use hub_server::{AnyClient, DisconnectReason, HubCaller, HubError, HubOptions, hub};
use serde_json::json;
use tests::{JSON_HANDSHAKE, RawClient, TestServer, eventually, within};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Aborts the connection while it is being set up, and says so later.
struct Hasty {
    gate: Arc<Semaphore>,
    succeeds: bool,
    news: UnboundedSender<DisconnectReason>,
}

#[hub(client = AnyClient)]
impl Hasty {
    #[on_connected]
    async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        caller.abort();
        caller.aborted().cancelled().await;
        let _ = self.gate.acquire().await;
        match self.succeeds {
            true => Ok(()),
            false => Err(HubError::new("not today")),
        }
    }

    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        let _ = self.news.send(reason.clone());
    }
}

impl Hasty {
    fn new(succeeds: bool) -> (Self, Arc<Semaphore>, UnboundedReceiver<DisconnectReason>) {
        let (news, heard) = unbounded_channel();
        let gate = Arc::new(Semaphore::new(0));
        let hub = Self {
            gate: gate.clone(),
            succeeds,
            news,
        };
        (hub, gate, heard)
    }
}

async fn connect_and_be_aborted(server: &TestServer) {
    let mut client = RawClient::open(server, "/hub").await;
    client.send_text(JSON_HANDSHAKE).await;
    assert_eq!(client.next().await, json!({}));
    assert_eq!(client.next().await, json!({"type": 7}));
    client.ending().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disconnected_hook_waits_for_the_connected_hook() {
    let (hub, gate, mut heard) = Hasty::new(true);
    let (server, context) = TestServer::start(hub).await;
    connect_and_be_aborted(&server).await;
    assert!(heard.try_recv().is_err(), "the connected hook still runs");
    gate.add_permits(1);
    assert_eq!(within(heard.recv()).await, Some(DisconnectReason::Aborted));
    eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_hook_that_fails_after_the_end_has_no_counterpart() {
    let (hub, gate, mut heard) = Hasty::new(false);
    let (server, context) = TestServer::start(hub).await;
    connect_and_be_aborted(&server).await;
    gate.add_permits(1);
    eventually(|| context.connection_count() == 0).await;
    assert!(heard.try_recv().is_err());
}

/// JSON that cannot bear one name.
#[derive(Debug)]
struct Fragile(JsonProtocol);

impl HubProtocol for Fragile {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn transfer_format(&self) -> TransferFormat {
        self.0.transfer_format()
    }

    fn encoding(&self) -> Encoding {
        self.0.encoding()
    }

    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        self.0.next_record(input, limit)
    }

    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        let message = self.0.decode(record)?;
        if let Some(HubMessage::Invocation(call)) = &message {
            assert_ne!(call.target, "Bang", "a protocol with a fault");
        }
        Ok(message)
    }

    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.0.encode(message, out)
    }

    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.0.encode_invocation(call, arguments, out)
    }

    fn encode_stream_item(
        &self,
        invocation_id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.0.encode_stream_item(invocation_id, item, out)
    }

    fn encode_result(
        &self,
        invocation_id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.0.encode_result(invocation_id, result, out)
    }
}

struct Waiting;

#[hub(client = AnyClient)]
impl Waiting {
    async fn wait(&self, caller: &HubCaller<Self>) {
        caller.aborted().cancelled().await;
    }

    /// Gives up what is its own, and nothing else.
    async fn cancel_own_token(&self, caller: &HubCaller<Self>) {
        caller.aborted().cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_protocol_leaves_nothing_behind() {
    let options =
        HubOptions::new().protocols([Arc::new(Fragile(JsonProtocol)) as Arc<dyn HubProtocol>]);
    let (server, context) = TestServer::start_with(Waiting, options).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(json!({"type": 1, "target": "Wait", "arguments": []}))
        .await;
    eventually(|| context.connection_count() == 1).await;
    client
        .send(json!({"type": 1, "target": "Bang", "arguments": []}))
        .await;
    client.ending().await;
    eventually(|| context.connection_count() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_cannot_abort_what_others_do() {
    let options = HubOptions::new().maximum_parallel_invocations(2);
    let (server, _) = TestServer::start_with(Waiting, options).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(json!({"type": 1, "invocationId": "w", "target": "Wait", "arguments": []}))
        .await;
    let answer = client.call("c", "CancelOwnToken", json!([])).await;
    assert_eq!(
        answer,
        json!({"type": 3, "invocationId": "c", "result": null})
    );
    // Had it been cancelled, its answer would come now.
    let silence = tokio::time::timeout(Duration::from_millis(50), client.received()).await;
    assert!(silence.is_err(), "{silence:?}");
}
