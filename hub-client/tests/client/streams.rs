use hub_client::{ConnectionEnd, StreamError};
use serde_json::json;

use super::fake_server::Peer;
use super::{connect, connect_with, millis, within};

async fn send_item(peer: &mut Peer, item: serde_json::Value) {
    peer.send(json!({"type": 2, "invocationId": "1", "item": item}))
        .await;
}

#[tokio::test]
async fn items_come_in_order_and_then_the_end() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", (0, 3)).await.unwrap();
    assert_eq!(
        peer.receive().await,
        json!({"type": 4, "invocationId": "1", "target": "Counter", "arguments": [0, 3]})
    );
    for item in 0..3 {
        send_item(&mut peer, json!(item)).await;
    }
    peer.send(json!({"type": 3, "invocationId": "1"})).await;
    for item in 0..3 {
        assert_eq!(within(stream.next()).await.unwrap().unwrap(), item);
    }
    assert!(within(stream.next()).await.is_none());
    assert!(within(stream.next()).await.is_none());
    drop(stream);
    connection.send("Next", ()).await.unwrap();
    assert_eq!(
        peer.receive().await["target"],
        "Next",
        "the stream was not cancelled"
    );
}

#[tokio::test]
async fn dropping_a_stream_cancels_it() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", ()).await.unwrap();
    peer.receive().await;
    send_item(&mut peer, json!(0)).await;
    within(stream.next()).await.unwrap().unwrap();
    drop(stream);
    assert_eq!(
        peer.receive().await,
        json!({"type": 5, "invocationId": "1"})
    );
    send_item(&mut peer, json!(1)).await;
    peer.send(json!({"type": 3, "invocationId": "1"})).await;
    connection.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
}

#[tokio::test]
async fn the_servers_error_ends_a_stream_after_its_items() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", ()).await.unwrap();
    send_item(&mut peer, json!(7)).await;
    peer.send(json!({"type": 3, "invocationId": "1", "error": "no more"}))
        .await;
    assert_eq!(within(stream.next()).await.unwrap().unwrap(), 7);
    let error = within(stream.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::Server(error) if error.message() == "no more"));
    assert!(within(stream.next()).await.is_none());
}

#[tokio::test]
async fn an_item_of_another_type_ends_and_cancels_a_stream() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", ()).await.unwrap();
    peer.receive().await;
    send_item(&mut peer, json!("x")).await;
    let error = within(stream.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::Decode(_)), "{error}");
    assert!(within(stream.next()).await.is_none());
    assert_eq!(
        peer.receive().await,
        json!({"type": 5, "invocationId": "1"})
    );
}

#[tokio::test]
async fn a_result_instead_of_a_stream_is_an_error() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Add", (1, 2)).await.unwrap();
    peer.send(json!({"type": 3, "invocationId": "1", "result": 3}))
        .await;
    let error = within(stream.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::UnexpectedResult), "{error}");
}

#[tokio::test]
async fn a_stream_fails_when_the_connection_is_lost() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", ()).await.unwrap();
    send_item(&mut peer, json!(7)).await;
    peer.close(1000, "").await;
    assert_eq!(within(stream.next()).await.unwrap().unwrap(), 7);
    let error = within(stream.next()).await.unwrap().unwrap_err();
    assert!(matches!(
        error,
        StreamError::ConnectionEnded(ConnectionEnd::EndOfTransport)
    ));
}

#[tokio::test]
async fn a_stream_keeps_the_connection_alive() {
    let (connection, mut peer, _server) = connect().await;
    let mut stream = connection.stream::<u32>("Counter", ()).await.unwrap();
    drop(connection);
    send_item(&mut peer, json!(7)).await;
    assert_eq!(within(stream.next()).await.unwrap().unwrap(), 7);
    peer.receive().await;
    drop(stream);
    let last = peer.drain().await;
    assert_eq!(
        last,
        [json!({"type": 5, "invocationId": "1"}), json!({"type": 7})]
    );
}

/// Items that together are more than the sockets on the way can hold.
const ITEMS: u32 = 2_000;

fn large_item(number: u32) -> (u32, String) {
    (number, "x".repeat(10_000))
}

#[tokio::test]
async fn a_server_has_to_wait_for_whoever_reads_slowly() {
    let (connection, mut peer, _server) = connect_with(|it| it.receive_buffer_size(100_000)).await;
    let mut stream = connection
        .stream::<(u32, String)>("Large", ())
        .await
        .unwrap();
    let sending = async {
        for number in 0..ITEMS {
            send_item(&mut peer, json!(large_item(number))).await;
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
            for number in 0..ITEMS {
                assert_eq!(stream.next().await.unwrap().unwrap(), large_item(number));
            }
        })
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_nobody_reads_ends_the_connection() {
    let (connection, mut peer, _server) =
        connect_with(|it| it.receive_buffer_size(1000).server_timeout(millis(500))).await;
    let (closed, mut ends) = tokio::sync::mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        closed.send(end).unwrap();
        async {}
    });
    let _stream = connection.stream::<String>("Large", ()).await.unwrap();
    send_item(&mut peer, json!("x".repeat(1000))).await;
    assert!(matches!(
        within(ends.recv()).await,
        Some(ConnectionEnd::ReceiveBufferFull)
    ));
}
