//! However the bytes of the server are cut, every message arrives once.

use futures_util::SinkExt;
use hub_client::{ConnectionEnd, HubConnection, MessagePackProtocol};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::fake_server::FakeServer;
use super::{Peer, connect, connect_with, within};

/// `Tick(n)` with its framing.
fn json_tick(number: u8) -> Vec<u8> {
    format!("{{\"type\":1,\"target\":\"Tick\",\"arguments\":[{number}]}}\x1e").into_bytes()
}

fn message_pack_tick(number: u8) -> Vec<u8> {
    let mut record = vec![
        0x0c, 0x96, 0x01, 0x80, 0xc0, 0xa4, 0x54, 0x69, 0x63, 0x6b, 0x91, 0x01, 0x90,
    ];
    record[11] = number;
    record
}

fn ticks(connection: &HubConnection) -> mpsc::UnboundedReceiver<u8> {
    let (calls, received) = mpsc::unbounded_channel();
    connection.on("Tick", move |number: u8| {
        calls.send(number).unwrap();
        async {}
    });
    received
}

async fn connect_message_pack() -> (HubConnection, Peer, FakeServer) {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url())
        .protocol(MessagePackProtocol)
        .build()
        .unwrap();
    let (started, peer) = within(async {
        tokio::join!(connection.start(), async {
            server.negotiate().await;
            let mut peer = server.websocket().await;
            let request = next_binary(&mut peer).await;
            assert_eq!(request, b"{\"protocol\":\"messagepack\",\"version\":1}\x1e");
            peer.send_frame(Message::binary(&b"{}\x1e"[..])).await;
            assert_eq!(next_binary(&mut peer).await, [0x02, 0x91, 0x06]);
            peer
        })
    })
    .await;
    started.unwrap();
    (connection, peer, server)
}

async fn next_binary(peer: &mut Peer) -> Vec<u8> {
    use futures_util::StreamExt;
    match within(peer.socket.next()).await.unwrap().unwrap() {
        Message::Binary(bytes) => bytes.to_vec(),
        other => panic!("{other:?} is not binary"),
    }
}

/// Sends five ticks: one in fragments with a ping between, two in one message,
/// one cut in two with an empty message between, one byte by byte.
async fn send_in_every_way(peer: &mut Peer, kind: Data, tick: fn(u8) -> Vec<u8>) {
    let frame = |bytes: &[u8], kind, last| {
        Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), last))
    };
    let first = tick(1);
    let third = first.len() / 3;
    peer.send_frame(frame(&first[..third], kind, false)).await;
    peer.send_frame(frame(&first[third..2 * third], Data::Continue, false))
        .await;
    peer.send_frame(Message::Ping("ping".into())).await;
    peer.send_frame(frame(&first[2 * third..], Data::Continue, true))
        .await;
    peer.send_frame(frame(&[tick(2), tick(3)].concat(), kind, true))
        .await;
    let fourth = tick(4);
    peer.send_frame(frame(&fourth[..5], kind, true)).await;
    peer.send_frame(frame(&[], kind, true)).await;
    peer.send_frame(frame(&fourth[5..], kind, true)).await;
    for byte in tick(5) {
        peer.send_frame(frame(&[byte], kind, true)).await;
    }
}

async fn receives_five(received: &mut mpsc::UnboundedReceiver<u8>) {
    for number in 1..=5 {
        assert_eq!(within(received.recv()).await, Some(number));
    }
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn json_messages_may_be_cut_anywhere() {
    let (connection, mut peer, _server) = connect().await;
    let mut received = ticks(&connection);
    send_in_every_way(&mut peer, Data::Text, json_tick).await;
    receives_five(&mut received).await;
    connection.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
}

#[tokio::test]
async fn message_pack_messages_may_be_cut_anywhere() {
    let (connection, mut peer, _server) = connect_message_pack().await;
    let mut received = ticks(&connection);
    send_in_every_way(&mut peer, Data::Binary, message_pack_tick).await;
    receives_five(&mut received).await;
}

#[tokio::test]
async fn message_pack_calls_are_answered() {
    let (connection, mut peer, _server) = connect_message_pack().await;
    let (sum, ()) = tokio::join!(within(connection.invoke::<i32>("Add", (1, 2))), async {
        let call = loop {
            let frame = next_binary(&mut peer).await;
            if frame != [0x02, 0x91, 0x06] {
                break frame;
            }
        };
        // [1, {}, "1", "Add", [1, 2], []]
        assert_eq!(
            call,
            [
                0x0d, 0x96, 0x01, 0x80, 0xa1, 0x31, 0xa3, 0x41, 0x64, 0x64, 0x92, 0x01, 0x02, 0x90
            ][..]
        );
        // [3, {}, "1", 3, 3]
        let answer = [0x07, 0x95, 0x03, 0x80, 0xa1, 0x31, 0x03, 0x03];
        peer.send_frame(Message::binary(answer.to_vec())).await;
    });
    assert_eq!(sum.unwrap(), 3);
}

#[tokio::test]
async fn messages_may_follow_the_handshake_at_once() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let mut received = ticks(&connection);
    let (started, _peer) = within(async {
        tokio::join!(connection.start(), async {
            server.negotiate().await;
            let mut peer = server.websocket().await;
            peer.receive().await;
            let bytes = [b"{}\x1e".to_vec(), json_tick(1), json_tick(2)].concat();
            peer.send_frame(Message::binary(bytes)).await;
            peer
        })
    })
    .await;
    started.unwrap();
    assert_eq!(within(received.recv()).await, Some(1));
    assert_eq!(within(received.recv()).await, Some(2));
}

/// How the connection ends when the server sends `frame`.
async fn end_after(frame: Message) -> ConnectionEnd {
    let (connection, mut peer, _server) = connect_with(|it| it.max_message_size(1000)).await;
    let (ended, mut ends) = mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    let _ = peer.socket.send(frame).await;
    within(ends.recv()).await.unwrap()
}

#[tokio::test]
async fn what_is_no_message_ends_the_connection() {
    let end = end_after(Message::text("[]\x1e")).await;
    assert!(matches!(end, ConnectionEnd::Protocol(_)), "{end}");
}

#[tokio::test]
async fn unknown_types_are_skipped() {
    let (connection, mut peer, _server) = connect().await;
    let mut received = ticks(&connection);
    peer.send_text("{\"type\":99,\"x\":1}\x1e{\"type\":-1}\x1e")
        .await;
    peer.send_frame(Message::binary(json_tick(1))).await;
    assert_eq!(within(received.recv()).await, Some(1));
}

#[tokio::test]
async fn messages_that_are_too_long_end_the_connection() {
    let end = end_after(Message::text("x".repeat(1001))).await;
    let is_too_long = matches!(&end, ConnectionEnd::Transport(error)
        if matches!(**error, hub_client::TransportError::MessageTooLarge));
    assert!(is_too_long, "{end}");
}

#[tokio::test]
async fn messages_that_grow_too_long_end_the_connection() {
    let (connection, mut peer, _server) = connect_with(|it| it.max_message_size(1000)).await;
    let (ended, mut ends) = mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    for _ in 0..11 {
        peer.send_text("x".repeat(100)).await;
    }
    let end = within(ends.recv()).await.unwrap();
    assert!(
        matches!(end, ConnectionEnd::MessageTooLarge { limit: 1000 }),
        "{end}"
    );
}
