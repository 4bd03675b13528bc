//! How a server stops: what was promised is delivered, everybody is told, and
//! nothing holds it up for ever.

mod house;

use std::time::Duration;

use hub_server::{DisconnectReason, HubOptions, Shutdown};
use serde_json::{Value, json};
use tests::{
    Client, Ending, EventClient, PollingClient, RawClient, Requests, TestServer, call, stream_call,
    within,
};

use self::house::House;
use crate::{failure, result};

fn farewell() -> Value {
    json!({"type": 7, "allowReconnect": true})
}

/// Waits until the server has seen what was sent: a call of nothing passes
/// everything that runs or waits.
async fn seen(client: &mut (impl Client + Send)) {
    let answer = client.answer("0", "Nothing", json!([])).await;
    assert_eq!(answer["invocationId"], "0");
}

/// A client whose work is done while the server stops, and which is then told.
async fn finish_work(client: &mut (impl Client + Send)) {
    assert_eq!(client.next_record().await, result("1", "done"));
    assert_eq!(client.next_record().await, farewell());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_told_and_running_calls_end_first() {
    let patient = Shutdown::new().call_timeout(Duration::from_secs(60));
    let mut house = House::start(patient, HubOptions::new()).await;
    let server = &house.server;
    let mut websocket = RawClient::connect(server).await;
    let mut events = EventClient::connect(server).await;
    let mut polling = PollingClient::connect(server).await;
    let mut idle = RawClient::connect(server).await;
    let mut idle_events = EventClient::connect(server).await;
    let mut idle_polling = PollingClient::connect(server).await;
    let work = call("1", "Work", json!([]));
    websocket.send(work.clone()).await;
    events.send(work.clone()).await;
    polling.send(work).await;
    // In line behind the work, where it stays.
    websocket.send(call("2", "Echo", json!(["promised"]))).await;
    seen(&mut websocket).await;
    seen(&mut events).await;
    seen(&mut polling).await;
    house.stop().await;

    assert_eq!(idle.next().await, farewell());
    assert_eq!(idle.ending().await, Ending::Closed(1000));
    assert_eq!(idle_events.next().await, farewell());
    assert_eq!(idle_events.received().await, None);
    assert_eq!(idle_polling.next().await, farewell());
    // As the official clients leave, which do not poll again.
    let target = idle_polling.target().to_owned();
    let delete = idle_polling.requests().request("DELETE", &target).await;
    assert_eq!(delete.status, 202);
    for _ in 0..3 {
        let reason = within(house.ended.recv()).await;
        assert_eq!(reason, Some(DisconnectReason::Shutdown));
    }

    let late = "An unexpected error occurred invoking 'Echo' on the server. HubException: The \
                server is shutting down.";
    let answer = events.answer("3", "Echo", json!(["late"])).await;
    assert_eq!(answer, failure("3", late));
    house.gate.add_permits(3);
    assert_eq!(websocket.next().await, result("1", "done"));
    assert_eq!(websocket.next().await, result("2", "promised"));
    assert_eq!(websocket.next().await, farewell());
    assert_eq!(websocket.ending().await, Ending::Closed(1000));
    finish_work(&mut events).await;
    assert_eq!(events.received().await, None);
    finish_work(&mut polling).await;
    assert_eq!(polling.received().await, None);
    for _ in 0..3 {
        let reason = within(house.ended.recv()).await;
        assert_eq!(reason, Some(DisconnectReason::Shutdown));
    }
    assert_eq!(house.context.connection_count(), 0);
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_any_more() {
    let patient = Shutdown::new().call_timeout(Duration::from_secs(60));
    let house = House::start(patient, HubOptions::new()).await;
    let requests = Requests::to(&house.server);
    let early = requests.negotiate().await.token;
    // More than is kept before there is a transport.
    let waiting = tokio::spawn({
        let (requests, target) = (requests.clone(), format!("/hub?id={early}"));
        async move { requests.post(&target, vec![b' '; 100_000]).await.status }
    });
    let mut busy = RawClient::connect(&house.server).await;
    busy.send(call("1", "Work", json!([]))).await;
    let mut silent = RawClient::open(&house.server, "/hub").await;
    seen(&mut busy).await;
    house.stop().await;

    // Before the handshake there is nothing to say.
    assert_eq!(silent.ending().await, Ending::Closed(1000));
    let negotiate = "/hub/negotiate?negotiateVersion=1";
    let response = requests.respond("POST", negotiate).await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(within(waiting).await.unwrap(), 503);
    let target = format!("/hub?id={early}");
    assert_eq!(requests.request("GET", &target).await.status, 503);
    assert_eq!(requests.get_events(&target).await.status, 503);
    for target in [&*target, "/hub", "/raw"] {
        assert_eq!(requests.upgrade(target).await.status, 503, "{target}");
    }
    house.gate.add_permits(1);
    finish_work(&mut busy).await;
    assert_eq!(busy.ending().await, Ending::Closed(1000));
    assert_eq!(house.stopped().await, 0);
}

/// On one thread nothing is written while the test does not wait.
#[tokio::test]
async fn what_was_sent_before_arrives_before_the_farewell() {
    let house = House::start(Shutdown::new(), HubOptions::new()).await;
    let mut websocket = RawClient::connect(&house.server).await;
    let mut events = EventClient::connect(&house.server).await;
    let mut polling = PollingClient::connect(&house.server).await;
    let everyone = house.context.clients().all();
    let text = "x".repeat(1_000);
    for number in 0..100 {
        everyone.send("Take", (number, &text)).await.unwrap();
    }
    house.shutdown.begin();
    house.stop().await;
    for number in 0..100 {
        let expected = json!({"type": 1, "target": "Take", "arguments": [number, text]});
        assert_eq!(websocket.next().await, expected);
        assert_eq!(events.next().await, expected);
        assert_eq!(polling.next().await, expected);
    }
    assert_eq!(websocket.next().await, farewell());
    assert_eq!(websocket.ending().await, Ending::Closed(1000));
    assert_eq!(events.next().await, farewell());
    assert_eq!(events.received().await, None);
    assert_eq!(polling.next().await, farewell());
    assert_eq!(polling.received().await, None);
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_take_too_long_are_given_up() {
    let hasty = Shutdown::new()
        .call_timeout(Duration::from_millis(200))
        .close_timeout(Duration::from_secs(2));
    let mut house = House::start(hasty, HubOptions::new()).await;
    let mut waiting = RawClient::connect(&house.server).await;
    waiting.send(call("1", "WaitForTheEnd", json!([]))).await;
    let mut hanging = RawClient::connect(&house.server).await;
    hanging.send(call("1", "Hang", json!([]))).await;
    for client in [&mut waiting, &mut hanging] {
        seen(client).await;
    }
    house.stop().await;
    for client in [&mut waiting, &mut hanging] {
        assert_eq!(client.next().await, farewell());
        assert_eq!(client.ending().await, Ending::Closed(1000));
        let reason = within(house.ended.recv()).await;
        assert_eq!(reason, Some(DisconnectReason::Shutdown));
    }
    // The call that hangs.
    assert_eq!(house.stopped().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_before_the_farewell() {
    let patient = Shutdown::new().call_timeout(Duration::from_secs(60));
    let house = House::start(patient, HubOptions::new()).await;
    let mut client = RawClient::connect(&house.server).await;
    client.send(call("1", "Ask", json!([]))).await;
    let question = client.next().await;
    assert_eq!(question["target"], "HowMany");
    house.stop().await;
    let answer = json!({"type": 3, "invocationId": question["invocationId"], "result": 7});
    client.send(answer).await;
    assert_eq!(client.next().await, result("1", 7));
    assert_eq!(client.next().await, farewell());
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_watches_the_shutdown_ends_in_order() {
    let patient = Shutdown::new().call_timeout(Duration::from_secs(60));
    let house = House::start(patient, HubOptions::new()).await;
    let mut client = RawClient::connect(&house.server).await;
    client.send(stream_call("1", "Ticks", json!([]))).await;
    let item = json!({"type": 2, "invocationId": "1", "item": 1});
    assert_eq!(client.next().await, item);
    house.stop().await;
    let end = json!({"type": 3, "invocationId": "1"});
    assert_eq!(client.next().await, end);
    assert_eq!(client.next().await, farewell());
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_do_not_hold_it_up() {
    let hasty = Shutdown::new()
        .call_timeout(Duration::from_millis(200))
        .close_timeout(Duration::from_millis(200));
    // What is queued for it would fit.
    let options = HubOptions::new().maximum_queued_bytes(64 * 1024 * 1024);
    let house = House::start(hasty, options).await;
    let mut stuck = RawClient::connect(&house.server).await;
    let text = "x".repeat(32 * 1024);
    for _ in 0..1_000 {
        let everyone = house.context.clients().all();
        everyone.send("Take", (&text,)).await.unwrap();
    }
    house.stop().await;
    let context = house.context.clone();
    assert_eq!(house.stopped().await, 1);
    tests::eventually(|| context.connection_count() == 0).await;
    let ending = loop {
        if let Err(ending) = stuck.received().await {
            break ending;
        }
    };
    assert_eq!(ending, Ending::Cut);
}

/// A client that has shaken hands on stateful reconnect.
async fn resumable(server: &TestServer) -> RawClient {
    let negotiate = "/hub/negotiate?negotiateVersion=1&useStatefulReconnect=true";
    let answer = Requests::to(server).request("POST", negotiate).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    let target = format!("/hub?id={}", answer["connectionToken"].as_str().unwrap());
    let mut client = RawClient::open(server, &target).await;
    client.send_text(r#"{"protocol":"json","version":2}"#).await;
    assert_eq!(client.next().await, json!({}));
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_acknowledgement_is_delivered_too() {
    let options = HubOptions::new()
        .allow_stateful_reconnects(true)
        .stateful_reconnect_buffer_size(100);
    let house = House::start(Shutdown::new(), options).await;
    let mut client = resumable(&house.server).await;
    for number in 0..10 {
        let everyone = house.context.clients().all();
        everyone.send("Take", (number,)).await.unwrap();
    }
    for number in 0..2 {
        assert_eq!(client.next_call("Take").await, json!([number]));
    }
    house.stop().await;
    for number in 2..10 {
        assert_eq!(client.next_call("Take").await, json!([number]));
    }
    assert_eq!(client.next().await, farewell());
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_waits_for_its_next_websocket_is_not_waited_for() {
    let patient = Shutdown::new().call_timeout(Duration::from_secs(60));
    let options = HubOptions::new().allow_stateful_reconnects(true);
    let mut house = House::start(patient, options).await;
    let client = resumable(&house.server).await;
    drop(client);
    house.stop().await;
    let reason = within(house.ended.recv()).await;
    assert_eq!(reason, Some(DisconnectReason::Shutdown));
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_websockets_are_closed_with_1001() {
    let house = House::start(Shutdown::new(), HubOptions::new()).await;
    let mut raw = RawClient::open(&house.server, "/raw").await;
    raw.send(json!({"type": 1})).await;
    assert_eq!(raw.next().await, json!({"type": 1}));
    house.stop().await;
    assert_eq!(raw.ending().await, Ending::Closed(1001));
    // The socket waits for its peer to hang up.
    drop(raw);
    assert_eq!(house.stopped().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_of_raw_websockets_that_hang_are_dropped() {
    let hasty = Shutdown::new()
        .call_timeout(Duration::from_millis(200))
        .close_timeout(Duration::from_millis(200));
    let house = House::start(hasty, HubOptions::new()).await;
    let mut raw = RawClient::open(&house.server, "/deaf").await;
    house.stop().await;
    assert_eq!(raw.ending().await, Ending::Cut);
    assert_eq!(house.stopped().await, 1);
}
