use std::collections::HashMap;

use hub_client::{ConnectionEnd, HubConnection, InvokeError, SendError};
use serde_json::json;

use super::{connect, connect_with, millis, within};

#[tokio::test]
async fn invoke_returns_the_result() {
    let (connection, mut peer, _server) = connect().await;
    let (sum, ()) = tokio::join!(connection.invoke::<i64>("Add", (1, 2)), async {
        let call = peer.receive().await;
        assert_eq!(
            call,
            json!({"type": 1, "invocationId": "1", "target": "Add", "arguments": [1, 2]})
        );
        peer.send(json!({"type": 3, "invocationId": "1", "result": 3}))
            .await;
    });
    assert_eq!(sum.unwrap(), 3);
}

#[tokio::test]
async fn calls_may_be_answered_in_any_order() {
    let (connection, mut peer, _server) = connect().await;
    let first = connection.invoke::<String>("Echo", ("first",));
    let second = connection.invoke::<String>("Echo", ("second",));
    let (first, second, ()) = within(async {
        tokio::join!(first, second, async {
            let calls = [peer.receive().await, peer.receive().await];
            for call in calls.iter().rev() {
                let (id, result) = (&call["invocationId"], &call["arguments"][0]);
                peer.send(json!({"type": 3, "invocationId": id, "result": result}))
                    .await;
            }
        })
    })
    .await;
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        ("first".into(), "second".into())
    );
}

/// Invokes once, with the server answering `fields`.
async fn answered_with<T: serde::de::DeserializeOwned>(
    fields: serde_json::Value,
) -> Result<T, InvokeError> {
    let (connection, mut peer, _server) = connect().await;
    let (result, ()) = tokio::join!(within(connection.invoke("M", ())), async {
        let mut answer = fields;
        let call = peer.receive().await;
        answer["invocationId"] = call["invocationId"].clone();
        peer.send(answer).await;
    });
    result
}

#[tokio::test]
async fn methods_without_a_result_give_nothing() {
    assert!(
        answered_with::<()>(json!({"type": 3, "result": null}))
            .await
            .is_ok()
    );
    assert!(answered_with::<()>(json!({"type": 3})).await.is_ok());
}

#[tokio::test]
async fn the_servers_error_is_passed_on_in_its_words() {
    let error = answered_with::<i32>(json!({"type": 3, "error": "no luck"}))
        .await
        .unwrap_err();
    assert!(matches!(error, InvokeError::Server(error) if error.message() == "no luck"));
}

#[tokio::test]
async fn a_result_of_another_type_is_an_error() {
    let error = answered_with::<i32>(json!({"type": 3, "result": "x"}))
        .await
        .unwrap_err();
    assert!(matches!(error, InvokeError::Decode(_)), "{error}");
}

#[tokio::test]
async fn an_item_for_a_plain_call_is_an_error() {
    let error = answered_with::<i32>(json!({"type": 2, "item": 1}))
        .await
        .unwrap_err();
    assert!(matches!(error, InvokeError::Streaming), "{error}");
}

#[tokio::test]
async fn answers_to_nobody_are_ignored() {
    let (connection, mut peer, _server) = connect().await;
    for id in ["1", "0", "x", "", "18446744073709551616"] {
        peer.send(json!({"type": 3, "invocationId": id, "result": 1}))
            .await;
        peer.send(json!({"type": 2, "invocationId": id, "item": 1}))
            .await;
    }
    connection.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
}

#[tokio::test]
async fn send_wants_no_answer() {
    let (connection, mut peer, _server) = connect().await;
    connection.send("Tell", ("a",)).await.unwrap();
    assert_eq!(
        peer.receive().await,
        json!({"type": 1, "target": "Tell", "arguments": ["a"]})
    );
}

#[tokio::test]
async fn what_is_sent_in_turn_arrives_in_order() {
    let (connection, mut peer, _server) = connect_with(|it| it.send_buffer_size(100)).await;
    let sending = async {
        for number in 0..1000 {
            connection.send("Number", (number,)).await.unwrap();
        }
        connection.send("Long", ("x".repeat(1000),)).await.unwrap();
        connection.send("Last", ()).await.unwrap();
    };
    within(async {
        tokio::join!(sending, async {
            for number in 0..1000 {
                assert_eq!(peer.receive().await["arguments"], json!([number]));
            }
            assert_eq!(peer.receive().await["target"], "Long");
            assert_eq!(peer.receive().await["target"], "Last");
        })
    })
    .await;
}

#[tokio::test]
async fn sending_waits_while_the_send_buffer_is_full() {
    let (connection, mut peer, _server) = connect_with(|it| it.send_buffer_size(10_000)).await;
    let text = "x".repeat(10_000);
    let sending = async {
        // More than the sockets on the way can hold.
        for _ in 0..2_000 {
            connection.send("Tell", (&text,)).await.unwrap();
        }
    };
    tokio::pin!(sending);
    assert!(
        tokio::time::timeout(millis(300), &mut sending)
            .await
            .is_err()
    );
    within(async {
        tokio::join!(sending, async {
            for _ in 0..2_000 {
                peer.receive_call().await;
            }
        })
    })
    .await;
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let (connection, mut peer, _server) = connect().await;
    {
        let call = connection.invoke::<i32>("Slow", ());
        tokio::pin!(call);
        tokio::select! {
            _ = &mut call => panic!("nobody has answered"),
            message = peer.receive() => assert_eq!(message["target"], "Slow"),
        }
    }
    assert_eq!(
        peer.receive().await,
        json!({"type": 5, "invocationId": "1"})
    );
    peer.send(json!({"type": 3, "invocationId": "1", "result": 1}))
        .await;
    connection.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
}

#[tokio::test]
async fn a_completed_call_is_not_cancelled() {
    let (connection, mut peer, _server) = connect().await;
    let (result, ()) = tokio::join!(connection.invoke::<i32>("Fast", ()), async {
        peer.receive().await;
        peer.send(json!({"type": 3, "invocationId": "1", "result": 1}))
            .await;
    });
    assert_eq!(result.unwrap(), 1);
    connection.send("Next", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "Next");
}

#[tokio::test]
async fn without_a_connection_nothing_is_sent() {
    let connection = HubConnection::builder("http://127.0.0.1:1/hub")
        .build()
        .unwrap();
    assert!(matches!(
        connection.send("M", ()).await,
        Err(SendError::NotConnected)
    ));
    assert!(matches!(
        connection.invoke::<()>("M", ()).await,
        Err(InvokeError::NotConnected)
    ));
    assert!(matches!(
        connection.stream::<()>("M", ()).await,
        Err(SendError::NotConnected)
    ));
}

#[tokio::test]
async fn an_argument_that_cannot_be_encoded_harms_nobody() {
    let (connection, mut peer, _server) = connect().await;
    let keys_that_are_no_text = HashMap::from([((1, 2), 3)]);
    let error = connection
        .invoke::<()>("M", (&keys_that_are_no_text,))
        .await
        .unwrap_err();
    assert!(matches!(error, InvokeError::Encode(_)), "{error}");
    connection.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
}

#[tokio::test]
async fn calls_that_wait_fail_when_the_connection_is_lost() {
    let (connection, mut peer, _server) = connect().await;
    let (result, ()) = tokio::join!(within(connection.invoke::<i32>("Slow", ())), async {
        peer.receive().await;
        peer.cut();
    });
    assert!(matches!(
        result,
        Err(InvokeError::ConnectionEnded(ConnectionEnd::Transport(_)))
    ));
}

#[tokio::test]
async fn calls_that_wait_fail_when_the_connection_is_stopped() {
    let (connection, mut peer, _server) = connect().await;
    let (result, ()) = within(async {
        tokio::join!(connection.invoke::<i32>("Slow", ()), async {
            assert_eq!(peer.receive().await["target"], "Slow");
            tokio::join!(connection.stop(), peer.drain());
        })
    })
    .await;
    assert!(matches!(
        result,
        Err(InvokeError::ConnectionEnded(ConnectionEnd::Stopped))
    ));
}
