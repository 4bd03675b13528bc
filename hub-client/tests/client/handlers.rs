use std::sync::Arc;

use hub_client::{HandlerError, HubConnection};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use super::{connect, within};

/// Notes what handlers were called with.
fn recorder(connection: &HubConnection, method: &str) -> mpsc::UnboundedReceiver<String> {
    let (calls, received) = mpsc::unbounded_channel();
    connection.on(method, move |text: String| {
        calls.send(text).unwrap();
        async {}
    });
    received
}

#[tokio::test]
async fn handlers_get_the_arguments() {
    let (connection, mut peer, _server) = connect().await;
    let (calls, mut received) = mpsc::unbounded_channel();
    connection.on("ReceiveMessage", move |user: String, text: String| {
        let calls = calls.clone();
        async move { calls.send((user, text)).unwrap() }
    });
    peer.call("ReceiveMessage", json!(["ann", "hi"])).await;
    assert_eq!(
        within(received.recv()).await,
        Some(("ann".into(), "hi".into()))
    );
}

#[tokio::test]
async fn method_names_are_compared_without_regard_to_case() {
    let (connection, mut peer, _server) = connect().await;
    let mut received = recorder(&connection, "ReceiveMessage");
    for name in ["receiveMessage", "RECEIVEMESSAGE", "ReceiveMessage"] {
        peer.call(name, json!([name])).await;
        assert_eq!(within(received.recv()).await.as_deref(), Some(name));
    }
}

#[tokio::test]
async fn calls_are_handled_one_after_the_other() {
    let (connection, mut peer, _server) = connect().await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let gate = Arc::new(Notify::new());
    let (seen, opened) = (Arc::clone(&events), Arc::clone(&gate));
    connection.on("Step", move |number: u32| {
        let (seen, opened) = (Arc::clone(&seen), Arc::clone(&opened));
        async move {
            seen.lock().push(format!("begin {number}"));
            if number == 1 {
                opened.notified().await;
            }
            seen.lock().push(format!("end {number}"));
        }
    });
    let mut last = recorder(&connection, "Last");
    for number in [1, 2] {
        peer.call("Step", json!([number])).await;
    }
    peer.call("Last", json!([""])).await;
    // The answer has overtaken the calls, which wait for the first handler.
    let (answer, ()) = tokio::join!(within(connection.invoke::<i32>("M", ())), async {
        peer.receive().await;
        peer.send(json!({"type": 3, "invocationId": "1", "result": 1}))
            .await;
    });
    answer.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(*events.lock(), ["begin 1"]);
    gate.notify_one();
    within(last.recv()).await;
    assert_eq!(*events.lock(), ["begin 1", "end 1", "begin 2", "end 2"]);
}

#[tokio::test]
async fn a_handler_may_call_the_server_and_wait() {
    let (connection, mut peer, _server) = connect().await;
    let (calls, mut received) = mpsc::unbounded_channel();
    let weak = connection.downgrade();
    connection.on("Ask", move || {
        let (weak, calls) = (weak.clone(), calls.clone());
        async move {
            let connection = weak.upgrade().unwrap();
            calls
                .send(connection.invoke::<i32>("Answer", ()).await.unwrap())
                .unwrap();
        }
    });
    peer.call("Ask", json!([])).await;
    let call = peer.receive().await;
    peer.send(json!({"type": 3, "invocationId": call["invocationId"], "result": 42}))
        .await;
    assert_eq!(within(received.recv()).await, Some(42));
}

/// Calls `Count` and tells how many handlers ran.
async fn count(
    peer: &mut super::Peer,
    received: &mut mpsc::UnboundedReceiver<&'static str>,
) -> usize {
    peer.call("Count", json!([])).await;
    peer.call("Done", json!([])).await;
    let mut handlers = 0;
    while within(received.recv()).await != Some("done") {
        handlers += 1;
    }
    handlers
}

#[tokio::test]
async fn handlers_can_be_removed() {
    let (connection, mut peer, _server) = connect().await;
    let (calls, mut received) = mpsc::unbounded_channel();
    let add = |method: &str, word| {
        let calls = calls.clone();
        connection.on(method, move || {
            calls.send(word).unwrap();
            async {}
        })
    };
    add("Done", "done");
    let first = add("Count", "counted");
    add("count", "counted");
    add("COUNT", "counted");
    assert_eq!(count(&mut peer, &mut received).await, 3);
    first.remove();
    assert_eq!(count(&mut peer, &mut received).await, 2);
    connection.off("cOUNT");
    assert_eq!(count(&mut peer, &mut received).await, 0);
}

#[tokio::test]
async fn a_handler_may_remove_itself() {
    let (connection, mut peer, _server) = connect().await;
    let registration = Arc::new(Mutex::new(None::<hub_client::Registration>));
    let (calls, mut received) = mpsc::unbounded_channel();
    let (own, counted) = (Arc::clone(&registration), calls.clone());
    let added = connection.on("Count", move || {
        if let Some(registration) = own.lock().take() {
            registration.remove();
        }
        counted.send("counted").unwrap();
        async {}
    });
    *registration.lock() = Some(added);
    connection.on("Done", move || {
        calls.send("done").unwrap();
        async {}
    });
    assert_eq!(count(&mut peer, &mut received).await, 1);
    assert_eq!(count(&mut peer, &mut received).await, 0);
}

#[tokio::test]
async fn what_goes_wrong_in_a_handler_harms_nobody() {
    let (connection, mut peer, _server) = connect().await;
    connection.on("Panic", || -> std::future::Ready<()> {
        panic!("in the closure")
    });
    connection.on("PanicLater", || async { panic!("in the future") as () });
    connection.on("Fail", || async {
        Err::<(), _>(HandlerError::new("failed"))
    });
    connection.on("Number", |_: u32| async {});
    let mut received = recorder(&connection, "Last");
    for (method, arguments) in [
        ("Panic", json!([])),
        ("PanicLater", json!([])),
        ("Fail", json!([])),
        ("Number", json!(["no number"])),
        ("Number", json!([])),
        ("Number", json!([1, 2])),
        ("Unknown", json!([1])),
        ("", json!([])),
    ] {
        peer.call(method, arguments).await;
    }
    peer.call("Last", json!(["still here"])).await;
    assert_eq!(within(received.recv()).await.as_deref(), Some("still here"));
}

#[tokio::test]
async fn calls_that_came_before_the_end_are_handled() {
    let (connection, mut peer, _server) = connect().await;
    let mut received = recorder(&connection, "Tell");
    let text: String = (0..100)
        .map(|n| {
            json!({"type": 1, "target": "Tell", "arguments": [n.to_string()]}).to_string() + "\x1e"
        })
        .collect();
    peer.send_text(text + "{\"type\":7}\x1e").await;
    for number in 0..100 {
        assert_eq!(within(received.recv()).await, Some(number.to_string()));
    }
}
