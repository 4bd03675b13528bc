//! Calls of the server that wait for the client's answer.

use hub_client::{HandlerError, HubConnection};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

use super::{Peer, connect};

async fn ask(peer: &mut Peer, id: &str, method: &str, arguments: Value) {
    peer.send(json!({"type": 1, "invocationId": id, "target": method, "arguments": arguments}))
        .await;
}

/// What the client answers, without type and id.
async fn answer(peer: &mut Peer, method: &str, arguments: Value) -> Value {
    ask(peer, "s1", method, arguments).await;
    let mut answer = peer.receive_call().await;
    let fields = answer.as_object_mut().unwrap();
    assert_eq!(fields.remove("type"), Some(json!(3)));
    assert_eq!(fields.remove("invocationId"), Some(json!("s1")));
    answer
}

fn register(connection: &HubConnection) {
    connection.on("Confirm", |question: String| async move {
        question.ends_with('?')
    });
    connection.on("Nothing", || async {});
    connection.on("Fail", || async {
        Err::<i32, _>(HandlerError::new("not now"))
    });
    connection.on("Panic", || async { panic!("a secret") as i32 });
    connection.on("Twice", || async { 1 });
    connection.on("Twice", || async { 2 });
    connection.on("OnceOfTwo", || async {});
    connection.on("OnceOfTwo", || async { Some("value") });
}

#[tokio::test]
async fn the_server_is_told_what_came_of_its_call() {
    let (connection, mut peer, _server) = connect().await;
    register(&connection);
    let no_result = json!({"error": "Client didn't provide a result."});
    let no_arguments = json!({"error": "Client failed to parse argument(s)."});
    for (method, arguments, expected) in [
        ("Confirm", json!(["really?"]), json!({"result": true})),
        ("confirm", json!(["really"]), json!({"result": false})),
        ("Confirm", json!([1]), no_arguments.clone()),
        ("Confirm", json!([]), no_arguments),
        ("Nothing", json!([]), no_result.clone()),
        ("Unknown", json!([]), no_result),
        ("Fail", json!([]), json!({"error": "not now"})),
        (
            "Panic",
            json!([]),
            json!({"error": "The handler of the client panicked."}),
        ),
        (
            "Twice",
            json!([]),
            json!({"error": "Client provided multiple results."}),
        ),
        ("OnceOfTwo", json!([]), json!({"result": "value"})),
    ] {
        assert_eq!(
            answer(&mut peer, method, arguments).await,
            expected,
            "{method}"
        );
    }
}

#[tokio::test]
async fn answers_do_not_wait_for_each_other() {
    let (connection, mut peer, _server) = connect().await;
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    connection.on("Slow", move || {
        let opened = Arc::clone(&opened);
        async move {
            opened.notified().await;
            "slow"
        }
    });
    connection.on("Fast", || async { "fast" });
    ask(&mut peer, "s1", "Slow", json!([])).await;
    ask(&mut peer, "s2", "Fast", json!([])).await;
    assert_eq!(
        peer.receive_call().await,
        json!({"type": 3, "invocationId": "s2", "result": "fast"})
    );
    gate.notify_one();
    assert_eq!(
        peer.receive_call().await,
        json!({"type": 3, "invocationId": "s1", "result": "slow"})
    );
}
