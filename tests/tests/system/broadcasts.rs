//! One message for many: everybody gets it in order, and nobody waits for the
//! slowest.

use std::time::Duration;

use futures_util::FutureExt;
use hub_server::{
    AnyClient, DisconnectReason, HubCaller, HubContext, HubError, HubOptions, SlowReceiver, hub,
};
use serde_json::{Value, json};
use tests::{Ending, RawClient, TestServer, call, within};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::result;

struct Loud {
    ended: UnboundedSender<DisconnectReason>,
}

#[hub(client = AnyClient)]
impl Loud {
    #[on_disconnected]
    async fn disconnected(&self, reason: &DisconnectReason) {
        // The test may have seen enough.
        let _ = self.ended.send(reason.clone());
    }

    async fn join(&self, caller: &HubCaller<Self>, group: String) -> Result<(), HubError> {
        caller.groups().add(group).await
    }

    async fn tell(
        &self,
        caller: &HubCaller<Self>,
        group: String,
        sender: u32,
        number: u32,
    ) -> Result<(), HubError> {
        let members = caller.clients().group(group);
        Ok(members.send("Told", (sender, number)).await?)
    }

    /// Tells everybody many things, and never waits for anything else.
    async fn count(&self, caller: &HubCaller<Self>, to: u32) -> Result<(), HubError> {
        let text = "x".repeat(500);
        for number in 0..to {
            let all = caller.clients().all();
            all.send("Number", (number, &text)).await?;
        }
        Ok(())
    }

    async fn connection_id(&self, caller: &HubCaller<Self>) -> String {
        caller.connection_id().to_string()
    }

    async fn echo(&self, value: u32) -> u32 {
        value
    }
}

struct Room {
    server: TestServer,
    context: HubContext<Loud>,
    ended: UnboundedReceiver<DisconnectReason>,
}

impl Room {
    async fn start(options: HubOptions) -> Self {
        let (sender, ended) = unbounded_channel();
        let (server, context) = TestServer::start_with(Loud { ended: sender }, options).await;
        Self {
            server,
            context,
            ended,
        }
    }

    /// A client in `group`.
    async fn member(&self, group: &str) -> RawClient {
        let mut client = RawClient::connect(&self.server).await;
        client.invoke("Join", json!([group])).await;
        client
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_loop_of_broadcasts_loses_nothing_and_nobody() {
    const COUNT: u32 = 10_000;
    let mut room = Room::start(HubOptions::new()).await;
    let mut readers = Vec::new();
    for _ in 0..5 {
        let mut client = room.member("all").await;
        readers.push(tokio::spawn(async move {
            for number in 0..COUNT {
                assert_eq!(client.next_call("Number").await[0], number);
            }
            assert_eq!(client.invoke("Echo", json!([7])).await, 7);
            client
        }));
    }
    let mut caller = RawClient::connect(&room.server).await;
    caller.send(call("1", "Count", json!([COUNT]))).await;
    for number in 0..COUNT {
        assert_eq!(caller.next_call("Number").await[0], number);
    }
    assert_eq!(caller.next().await, result("1", Value::Null));
    for reader in readers {
        within(reader).await.unwrap().close().await;
    }
    for _ in 0..5 {
        let reason = within(room.ended.recv()).await;
        assert_eq!(reason, Some(DisconnectReason::Closed));
    }
    assert_eq!(room.context.connection_count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_each_sender_arrive_in_order_at_every_member() {
    const SENDERS: u32 = 10;
    const EACH: u32 = 1_000;
    let room = Room::start(HubOptions::new()).await;
    let mut members = Vec::new();
    for _ in 0..20 {
        let mut member = room.member("room").await;
        members.push(tokio::spawn(async move {
            let mut next = [0; SENDERS as usize];
            for _ in 0..SENDERS * EACH {
                let told = member.next_call("Told").await;
                let sender = usize::try_from(told[0].as_u64().unwrap()).unwrap();
                assert_eq!(told[1], next[sender], "of sender {sender}");
                next[sender] += 1;
            }
            assert_eq!(member.invoke("Echo", json!([7])).await, 7);
        }));
    }
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let mut client = RawClient::connect(&room.server).await;
        senders.push(tokio::spawn(async move {
            let tell = |number: u32| {
                json!({"type": 1, "target": "Tell", "arguments": ["room", sender, number]})
            };
            for start in (0..EACH).step_by(100) {
                client.send_all((start..start + 100).map(tell)).await;
            }
            assert_eq!(client.invoke("Echo", json!([7])).await, 7);
        }));
    }
    for task in senders.into_iter().chain(members) {
        within(task).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_is_cut_off_and_the_others_get_everything() {
    // Whoever waited for the one that is stuck would wait for ever.
    let options = HubOptions::new()
        .maximum_queued_bytes(256 * 1024)
        .transport_send_timeout(Duration::from_secs(3_600));
    let mut room = Room::start(options).await;
    let mut stuck = room.member("all").await;
    let number = tell_the_healthy(&mut room).await;
    assert_eq!(slow(&room), (1, 0));
    // It finds whole messages in order in its socket, and then a cut.
    let mut expected = 0;
    let ending = loop {
        match stuck.received().await {
            Ok(record) => assert_eq!(record["arguments"][0], expected),
            Err(ending) => break ending,
        }
        expected += 1;
    };
    assert_eq!(ending, Ending::Cut);
    assert!(expected < number, "it cannot have got everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_misses_messages_is_cut_off_when_it_takes_nothing_for_long() {
    let options = HubOptions::new()
        .maximum_queued_bytes(256 * 1024)
        .slow_receiver(SlowReceiver::DropMessages)
        .transport_send_timeout(Duration::from_secs(1));
    let mut room = Room::start(options).await;
    let _stuck = room.member("all").await;
    tell_the_healthy(&mut room).await;
    assert_eq!(slow(&room).0, 1);
}

/// Tells everybody something again and again, until the one that does not read
/// is disconnected. How often.
async fn tell_the_healthy(room: &mut Room) -> u32 {
    let mut healthy = Vec::new();
    for _ in 0..8 {
        healthy.push(room.member("all").await);
    }
    let text = "x".repeat(32 * 1024);
    let mut number = 0;
    // Much more than sockets hold; every message is read before the next one.
    let reason = loop {
        assert!(number < 20_000, "it is still connected");
        let all = room.context.clients().all();
        within(all.send("Take", (number, &text))).await.unwrap();
        for client in &mut healthy {
            let taken = client.next_call("Take").await;
            assert_eq!(taken[0], number);
            assert_eq!(taken[1].as_str().map(str::len), Some(text.len()));
        }
        number += 1;
        if let Ok(reason) = room.ended.try_recv() {
            break reason;
        }
    };
    assert_eq!(reason, DisconnectReason::SlowReceiver);
    tests::eventually(|| room.context.connection_count() == healthy.len()).await;
    for client in &mut healthy {
        assert_eq!(client.invoke("Echo", json!([7])).await, 7);
    }
    number
}

/// How many connections slow receivers have cost, and how many messages.
fn slow(room: &Room) -> (u64, u64) {
    let counts = room.context.slow_receivers();
    (counts.disconnected, counts.dropped_messages)
}

/// On one thread nothing is written while a sender does not wait.
#[tokio::test]
async fn a_full_queue_can_drop_messages_instead() {
    let options = HubOptions::new()
        .maximum_queued_bytes(10_000)
        .slow_receiver(SlowReceiver::DropMessages);
    let room = Room::start(options).await;
    let mut victim = room.member("victims").await;
    let text = "x".repeat(1_000);
    let victims = room.context.clients().group("victims");
    for number in 0..100 {
        // Whether it would like to wait does not matter here.
        let _ = victims.send("Take", (number, &text)).now_or_never();
    }
    assert_eq!(slow(&room), (0, 91));
    for number in 0..9 {
        assert_eq!(victim.next_call("Take").await[0], number);
    }
    // There is room again, and answers were never concerned.
    assert_eq!(victim.invoke("Echo", json!([7])).await, 7);
    victims.send("Take", (100, &text)).await.unwrap();
    assert_eq!(victim.next_call("Take").await[0], 100);
    assert_eq!(slow(&room), (0, 91));
    victim.close().await;
}

/// On one thread nothing is written while a sender does not wait.
#[tokio::test]
async fn a_full_queue_ends_its_connection_after_what_it_holds() {
    let options = HubOptions::new().maximum_queued_bytes(10_000);
    let mut room = Room::start(options).await;
    let mut victim = room.member("victims").await;
    let mut neighbour = RawClient::connect(&room.server).await;
    let text = "x".repeat(1_000);
    for number in 0..100 {
        let victims = room.context.clients().group("victims");
        // Whether it would like to wait does not matter here.
        let _ = victims.send("Take", (number, &text)).now_or_never();
    }
    let everyone = room.context.clients().all();
    everyone.send("Hello", ()).await.unwrap();
    let mut taken = 0;
    let end = loop {
        let record = victim.next().await;
        if record["target"] != "Take" {
            break record;
        }
        assert_eq!(record["arguments"][0], taken);
        taken += 1;
    };
    assert_eq!(end, json!({"type": 7, "allowReconnect": true}));
    assert_eq!(victim.ending().await, Ending::Closed(1000));
    // The one that filled the queue is the last that was taken.
    assert_eq!(taken, 10);
    let reason = within(room.ended.recv()).await;
    assert_eq!(reason, Some(DisconnectReason::SlowReceiver));
    assert_eq!(slow(&room), (1, 0));
    assert_eq!(neighbour.next_call("Hello").await, json!([]));
}

/// A send to one connection waits for room instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_to_one_client_waits_for_it() {
    const COUNT: u32 = 5_000;
    let options = HubOptions::new().maximum_queued_bytes(10_000);
    let room = Room::start(options).await;
    let mut client = RawClient::connect(&room.server).await;
    let id = client.invoke("ConnectionId", json!([])).await;
    let one = room.context.clients().client(id.as_str().unwrap());
    let sender = tokio::spawn(async move {
        let text = "x".repeat(1_000);
        for number in 0..COUNT {
            one.send("Take", (number, &text)).await.unwrap();
        }
    });
    for number in 0..COUNT {
        assert_eq!(client.next_call("Take").await[0], number);
    }
    within(sender).await.unwrap();
    assert_eq!(client.invoke("Echo", json!([7])).await, 7);
}
