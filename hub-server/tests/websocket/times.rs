//! What a socket does by the clock, which is a virtual one here.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hub_server::websocket::{CloseCode, WebSocket, WebSocketError, WebSocketOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};

use crate::socket::raw_pair;

const SECOND: Duration = Duration::from_secs(1);

fn pair(options: &WebSocketOptions) -> (WebSocket<DuplexStream>, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1024);
    (WebSocket::from_handshaken(ours, options), theirs)
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_pinged_every_two_minutes() {
    let (mut ours, mut theirs) = raw_pair(1024);
    let start = Instant::now();
    let socket = tokio::spawn(async move { ours.recv().await });
    for round in 1..=3 {
        let mut ping = [0; 2];
        theirs.read_exact(&mut ping).await.unwrap();
        assert_eq!(ping, [0x89, 0]);
        assert_eq!(start.elapsed().as_secs(), round * 120);
    }
    socket.abort();
}

#[tokio::test(start_paused = true)]
async fn whatever_arrives_postpones_the_ping() {
    let options = WebSocketOptions::default().keep_alive_interval(10 * SECOND);
    let (mut ours, mut theirs) = pair(&options);
    let start = Instant::now();
    let socket = tokio::spawn(async move { while ours.recv().await.is_some() {} });
    tokio::time::sleep(6 * SECOND).await;
    theirs.write_all(b"\x8A\x80\0\0\0\0").await.unwrap();
    let mut ping = [0; 2];
    theirs.read_exact(&mut ping).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 16);
    socket.abort();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_ping_is_lost() {
    let options = WebSocketOptions::default()
        .keep_alive_interval(10 * SECOND)
        .keep_alive_timeout(Some(4 * SECOND));
    let (mut ours, mut theirs) = pair(&options);
    let start = Instant::now();
    let peer = tokio::spawn(async move {
        let mut ping = [0; 2];
        theirs.read_exact(&mut ping).await.unwrap();
        theirs.write_all(b"\x8A\x80\0\0\0\0").await.unwrap();
        tokio::time::sleep(100 * SECOND).await;
        drop(theirs);
    });
    let pong = ours.recv().await;
    assert!(matches!(pong, Some(Ok(_))));
    let end = ours.recv().await;
    assert!(matches!(end, Some(Err(WebSocketError::KeepAliveTimeout))));
    assert_eq!(start.elapsed().as_secs(), 10 + 10 + 4);
    assert!(ours.recv().await.is_none());
    peer.abort();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_lost_too() {
    let options = WebSocketOptions::default()
        .write_buffer_limit(64)
        .send_timeout(None)
        .keep_alive_interval(10 * SECOND)
        .keep_alive_timeout(Some(4 * SECOND));
    let (ours, mut theirs) = tokio::io::duplex(16);
    let mut ours = WebSocket::from_handshaken(ours, &options);
    ours.feed(vec![0; 100].into()).await.unwrap();
    let peer = tokio::spawn(async move {
        theirs.write_all(b"\x89\x80\0\0\0\0").await.unwrap();
        tokio::time::sleep(100 * SECOND).await;
        drop(theirs);
    });
    let end = ours.recv().await;
    assert!(matches!(end, Some(Err(WebSocketError::KeepAliveTimeout))));
    peer.abort();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_given_up() {
    let (ours, mut theirs) = tokio::io::duplex(16);
    let mut ours = WebSocket::from_handshaken(ours, &WebSocketOptions::default());
    let start = Instant::now();
    let sender = tokio::spawn(async move {
        let sent = ours.send(vec![0; 100].into()).await;
        (sent, ours.recv().await.is_none())
    });
    // Whatever it takes gives it more time.
    tokio::time::sleep(8 * SECOND).await;
    theirs.read_exact(&mut [0; 4]).await.unwrap();
    let (sent, is_over) = sender.await.unwrap();
    assert!(matches!(sent, Err(WebSocketError::SendTimeout)), "{sent:?}");
    assert_eq!(start.elapsed(), 18 * SECOND);
    assert!(is_over);
}

#[tokio::test(start_paused = true)]
async fn both_halves_learn_that_it_was_given_up() {
    let (ours, theirs) = tokio::io::duplex(16);
    let ours = WebSocket::from_handshaken(ours, &WebSocketOptions::default());
    let (mut sink, mut stream) = ours.split();
    let sender = tokio::spawn(async move { sink.send(vec![0; 100].into()).await });
    let receiver = tokio::spawn(async move { stream.next().await });
    let sent = sender.await.unwrap();
    let received = receiver.await.unwrap();
    let is_told = [
        matches!(sent, Err(WebSocketError::SendTimeout)),
        matches!(received, Some(Err(WebSocketError::SendTimeout))),
    ];
    assert!(is_told.contains(&true), "{sent:?}, {received:?}");
    assert!(sent.is_err());
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn patience_has_no_end_if_so_wished() {
    let options = WebSocketOptions::default().send_timeout(None);
    let (ours, mut theirs) = tokio::io::duplex(16);
    let mut ours = WebSocket::from_handshaken(ours, &options);
    let sender = tokio::spawn(async move { ours.send(vec![0; 100].into()).await });
    tokio::time::sleep(1_000_000 * SECOND).await;
    let mut frame = [0; 102];
    theirs.read_exact(&mut frame).await.unwrap();
    sender.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_interval_means_no_pings() {
    let options = WebSocketOptions::default().keep_alive_interval(Duration::ZERO);
    let (mut ours, mut theirs) = pair(&options);
    let socket = tokio::spawn(async move { ours.recv().await });
    let nothing = timeout(1_000_000 * SECOND, theirs.read_u8()).await;
    assert!(nothing.is_err());
    socket.abort();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_close_is_not_waited_for_long() {
    let (mut ours, theirs) = raw_pair(1024);
    let start = Instant::now();
    ours.close(CloseCode::NORMAL, "").await.unwrap();
    assert_eq!(start.elapsed(), 5 * SECOND);
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_the_rules_and_stays_is_not_waited_for_long() {
    let options = WebSocketOptions::default().close_timeout(2 * SECOND);
    let (mut ours, mut theirs) = pair(&options);
    let start = Instant::now();
    theirs.write_all(b"\xFF\xFF").await.unwrap();
    let end = ours.recv().await;
    assert!(matches!(end, Some(Err(WebSocketError::Protocol(_)))));
    assert_eq!(start.elapsed(), 2 * SECOND);
}
