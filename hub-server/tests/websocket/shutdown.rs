//! What becomes of sockets when the server stops, by a virtual clock.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use hub_server::Shutdown;
use hub_server::websocket::{Message, WebSocket, WebSocketError, WebSocketOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// A close frame with code 1001.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xE9];

/// The same as a client sends it, with the key 0.
const MASKED_GOING_AWAY: [u8; 8] = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9];

fn pair(shutdown: &Shutdown, capacity: usize) -> (WebSocket<DuplexStream>, DuplexStream) {
    let options = WebSocketOptions::default().shutdown(shutdown);
    let (ours, theirs) = tokio::io::duplex(capacity);
    (WebSocket::from_handshaken(ours, &options), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_receiver_says_goodbye_after_what_was_sent() {
    let shutdown = Shutdown::new();
    let (mut ours, mut theirs) = pair(&shutdown, 1024);
    let ended = ours.ended();
    let handler = tokio::spawn(async move {
        ours.feed("last".into()).await.unwrap();
        let mut received = Vec::new();
        while let Some(message) = ours.recv().await {
            received.push(message.unwrap());
            if received.len() == 1 {
                let late = ours.send("late".into()).await;
                assert!(matches!(late, Err(WebSocketError::Closed)), "{late:?}");
            }
        }
        received
    });
    tokio::task::yield_now().await;
    let drained = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { shutdown.drain().await }
    });
    let mut seen = [0; 10];
    theirs.read_exact(&mut seen).await.unwrap();
    assert_eq!(seen[..6], *b"\x81\x04last");
    assert_eq!(seen[6..], GOING_AWAY);
    // What is on its way still arrives.
    theirs.write_all(b"\x81\x80\0\0\0\0").await.unwrap();
    theirs.write_all(&MASKED_GOING_AWAY).await.unwrap();
    drop(theirs);
    let received = handler.await.unwrap();
    assert_eq!(received[0], Message::from(""));
    assert!(matches!(received[..], [_, Message::Close(_)]));
    ended.await;
    assert_eq!(drained.await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_sender_says_goodbye_too() {
    let shutdown = Shutdown::new();
    let (mut ours, mut theirs) = pair(&shutdown, 1024);
    ours.send("first".into()).await.unwrap();
    shutdown.begin();
    let second = ours.send("second".into()).await;
    assert!(matches!(second, Err(WebSocketError::Closed)), "{second:?}");
    drop(ours);
    let mut seen = Vec::new();
    theirs.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen[7..], GOING_AWAY);
    assert_eq!(shutdown.drain().await, 0);
}

#[tokio::test(start_paused = true)]
async fn both_halves_of_a_split_socket_learn_of_it() {
    let shutdown = Shutdown::new();
    let (ours, mut theirs) = pair(&shutdown, 16);
    let (mut sink, mut stream) = ours.split();
    let sender = tokio::spawn(async move {
        // More than is ever read.
        sink.send(vec![0; 100].into()).await
    });
    let receiver = tokio::spawn(async move { stream.next().await });
    let mut some = [0; 8];
    theirs.read_exact(&mut some).await.unwrap();
    let start = Instant::now();
    assert_eq!(shutdown.drain().await, 0);
    assert_eq!(start.elapsed(), 5 * SECOND);
    let ends = [
        sender.await.unwrap().err(),
        receiver.await.unwrap().and_then(Result::err),
    ];
    // The closing handshake has no more time either.
    assert!(
        matches!(
            ends[0],
            Some(WebSocketError::Closed | WebSocketError::Shutdown)
        ),
        "{ends:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_is_waited_for_as_long_as_ever() {
    let shutdown = Shutdown::new().call_timeout(100 * SECOND);
    let (mut ours, theirs) = pair(&shutdown, 1024);
    let handler = tokio::spawn(async move { ours.recv().await.is_none() });
    let start = Instant::now();
    assert_eq!(shutdown.drain().await, 0);
    assert_eq!(start.elapsed(), 5 * SECOND);
    assert!(handler.await.unwrap());
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_nobody_attends_to_is_given_up() {
    let shutdown = Shutdown::new();
    let (ours, _theirs) = pair(&shutdown, 1024);
    let start = Instant::now();
    assert_eq!(shutdown.drain().await, 1);
    assert_eq!(start.elapsed(), 7 * SECOND);
    drop(ours);
    assert_eq!(shutdown.drain().await, 0);
}

#[tokio::test]
async fn whoever_waits_for_the_end_learns_of_it_wherever_the_socket_went() {
    let shutdown = Shutdown::new();
    let (mut ours, mut theirs) = pair(&shutdown, 1024);
    let mut ended = [Box::pin(ours.ended()), Box::pin(ours.ended())];
    let kept = tokio::spawn(async move { ours });
    let ours = kept.await.unwrap();
    for ended in &mut ended {
        assert!(ended.now_or_never().is_none());
    }
    drop(ours);
    for ended in ended {
        ended.await;
    }
    assert_eq!(theirs.read(&mut [0]).await.unwrap(), 0);
}
