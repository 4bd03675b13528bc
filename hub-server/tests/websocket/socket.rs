//! The socket over a stream in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::{io, mem};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hub_server::websocket::{
    CloseCode, CloseFrame, Fragment, Message, MessageKind, ProtocolError, WebSocket,
    WebSocketError, WebSocketOptions,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as TheirMessage;
use tokio_tungstenite::tungstenite::protocol::Role;

/// What a client sends with the key 0, which changes nothing.
fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let start = [first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    [&start, payload].concat()
}

pub(crate) fn raw_pair(capacity: usize) -> (WebSocket<DuplexStream>, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(capacity);
    let ours = WebSocket::from_handshaken(ours, &WebSocketOptions::default());
    (ours, theirs)
}

async fn pair() -> (WebSocket<DuplexStream>, WebSocketStream<DuplexStream>) {
    let (ours, theirs) = raw_pair(4096);
    let theirs = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    (ours, theirs)
}

async fn echo<Io: AsyncRead + AsyncWrite + Unpin>(
    mut socket: WebSocket<Io>,
) -> Result<(), WebSocketError> {
    while let Some(message) = socket.recv().await {
        let message = message?;
        if message.is_data() {
            socket.feed(message).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn messages_of_all_lengths_come_back() {
    let (ours, theirs) = pair().await;
    let echo = tokio::spawn(echo(ours));
    let (mut sink, mut stream) = theirs.split();
    let messages = || {
        let lengths = [0, 1, 125, 126, 4096, 65_535, 65_536, 300_000];
        lengths.map(|len| {
            let text: String = "水a\u{e9}".chars().cycle().take(len / 2).collect();
            [TheirMessage::binary(text.clone()), TheirMessage::text(text)]
        })
    };
    let sender = tokio::spawn(async move {
        for message in messages().into_iter().flatten() {
            sink.send(message).await.unwrap();
        }
        sink
    });
    for message in messages().into_iter().flatten() {
        assert_eq!(stream.next().await.unwrap().unwrap(), message);
    }
    sender.await.unwrap().close().await.unwrap();
    assert!(stream.next().await.unwrap().unwrap().is_close());
    drop(stream);
    echo.await.unwrap().unwrap();
}

/// Counts the writes.
struct CountWrites(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for CountWrites {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for CountWrites {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn what_arrives_together_is_answered_with_one_write() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    let writes = Arc::new(AtomicUsize::new(0));
    let ours = CountWrites(ours, writes.clone());
    let ours = WebSocket::from_handshaken(ours, &WebSocketOptions::default());
    let echo = tokio::spawn(echo(ours));
    let mut frames = client_frame(0x82, b"hello").repeat(1000);
    frames.extend(client_frame(0x88, b""));
    theirs.write_all(&frames).await.unwrap();
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    drop(theirs);
    echo.await.unwrap().unwrap();
    let mut expected = b"\x82\x05hello".repeat(1000);
    expected.extend(b"\x88\x00");
    assert_eq!(answer, expected);
    assert_eq!(writes.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn bytes_may_arrive_one_by_one() {
    let (ours, mut theirs) = raw_pair(64);
    let echo = tokio::spawn(echo(ours));
    let frames = [
        client_frame(0x01, b"Hel"),
        client_frame(0x89, b"?"),
        client_frame(0x80, b"lo"),
        client_frame(0x88, b"\x03\xE8bye"),
    ];
    for byte in frames.concat() {
        theirs.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    drop(theirs);
    assert_eq!(answer, b"\x8A\x01?\x81\x05Hello\x88\x05\x03\xE8bye");
    echo.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_peer_closes() {
    let (mut ours, mut theirs) = raw_pair(64);
    let close = client_frame(0x88, b"\x0F\xA1enough");
    theirs.write_all(&close).await.unwrap();
    let frame = CloseFrame::new(CloseCode::try_new(4001).unwrap(), "enough");
    let received = ours.recv().await.unwrap().unwrap();
    assert_eq!(received, Message::Close(Some(frame.clone())));
    assert_eq!(ours.peer_close(), Some(&frame));
    // The answer is written before the frame is handed out.
    let mut answer = [0; 10];
    theirs.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"\x88\x08\x0F\xA1enough");
    let late = ours.send("late".into()).await;
    assert!(matches!(late, Err(WebSocketError::Closed)));
    drop(theirs);
    assert!(ours.recv().await.is_none());
    assert!(ours.recv().await.is_none());
}

#[tokio::test]
async fn we_close() {
    let (mut ours, mut theirs) = pair().await;
    let peer = tokio::spawn(async move {
        theirs.send(TheirMessage::text("crossing")).await.unwrap();
        let mut received = Vec::new();
        while let Some(Ok(message)) = theirs.next().await {
            received.push(message);
        }
        received
    });
    ours.close(CloseCode::GOING_AWAY, "restart").await.unwrap();
    assert_eq!(
        ours.peer_close(),
        Some(&CloseFrame::new(CloseCode::GOING_AWAY, "restart"))
    );
    assert!(ours.recv().await.is_none());
    let received = peer.await.unwrap();
    let [TheirMessage::Close(Some(frame))] = &received[..] else {
        panic!("{received:?}");
    };
    assert_eq!(u16::from(frame.code), 1001);
    assert_eq!(frame.reason, "restart");
}

#[tokio::test]
async fn what_arrives_before_the_answer_to_our_close_is_received() {
    let (mut ours, mut theirs) = raw_pair(64);
    ours.send(Message::Close(None)).await.unwrap();
    let frames = [client_frame(0x81, b"crossing"), client_frame(0x88, b"")];
    theirs.write_all(&frames.concat()).await.unwrap();
    drop(theirs);
    let crossing = ours.recv().await.unwrap().unwrap();
    assert_eq!(crossing, Message::from("crossing"));
    let close = ours.recv().await.unwrap().unwrap();
    assert_eq!(close, Message::Close(None));
    assert!(ours.recv().await.is_none());
}

#[tokio::test]
async fn a_peer_that_breaks_the_rules_is_told_so() {
    for (wire, code, error) in [
        (&b"\x81\x01x"[..], 1002, ProtocolError::UnmaskedFrame),
        (
            &client_frame(0x81, b"\xFF"),
            1007,
            ProtocolError::InvalidUtf8,
        ),
        (
            &client_frame(0x88, b"\x03"),
            1002,
            ProtocolError::TruncatedCloseCode,
        ),
        (
            &client_frame(0x82, b"longer than ten"),
            1009,
            ProtocolError::MessageTooLong,
        ),
        (
            &client_frame(0x02, &[0; 21]),
            1009,
            ProtocolError::FrameTooLong,
        ),
    ] {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let options = WebSocketOptions::default()
            .max_message_size(10)
            .max_frame_size(20);
        let mut ours = WebSocket::from_handshaken(ours, &options);
        let peer = tokio::spawn({
            let mut wire = wire.to_vec();
            wire.extend(client_frame(0x81, b"more"));
            async move {
                theirs.write_all(&wire).await.unwrap();
                let mut answer = Vec::new();
                theirs.read_to_end(&mut answer).await.unwrap();
                answer
            }
        });
        match ours.recv().await {
            Some(Err(WebSocketError::Protocol(seen))) => assert_eq!(seen, error),
            other => panic!("{other:?}"),
        }
        assert!(ours.recv().await.is_none());
        let [high, low] = u16::to_be_bytes(code);
        assert_eq!(peer.await.unwrap(), [0x88, 2, high, low]);
    }
}

#[tokio::test]
async fn a_peer_that_goes_away_is_noticed() {
    let (mut ours, mut theirs) = raw_pair(64);
    theirs.write_all(b"\x81").await.unwrap();
    drop(theirs);
    let end = ours.recv().await;
    assert!(matches!(end, Some(Err(WebSocketError::Disconnected))));
    assert!(ours.recv().await.is_none());
    let late = ours.send("late".into()).await;
    assert!(matches!(late, Err(WebSocketError::Closed)));
}

#[tokio::test]
async fn fragments_keep_their_kind_and_end() {
    let (mut ours, mut theirs) = pair().await;
    let fragment = |payload: &'static str, ends_message| Fragment {
        kind: MessageKind::Text,
        payload: Bytes::from_static(payload.as_bytes()),
        ends_message,
    };
    ours.send_fragment(fragment("Hel", false)).await.unwrap();
    let interrupting = ours.send("no".into()).await;
    assert!(matches!(
        interrupting,
        Err(WebSocketError::UnfinishedMessage)
    ));
    ours.send(Message::Ping(Bytes::new())).await.unwrap();
    ours.send_fragment(fragment("lo", true)).await.unwrap();
    ours.send("next".into()).await.unwrap();
    for expected in [
        TheirMessage::Ping(Bytes::new()),
        TheirMessage::text("Hello"),
        TheirMessage::text("next"),
    ] {
        assert_eq!(theirs.next().await.unwrap().unwrap(), expected);
    }

    let (mut ours, mut theirs) = raw_pair(64);
    let frames = [
        client_frame(0x01, b"Hel"),
        client_frame(0x00, b""),
        client_frame(0x89, b"?"),
        client_frame(0x00, b"lo"),
        client_frame(0x80, b""),
        client_frame(0x88, b""),
    ];
    theirs.write_all(&frames.concat()).await.unwrap();
    drop(theirs);
    for expected in [
        fragment("Hel", false),
        fragment("lo", false),
        fragment("", true),
    ] {
        let received = ours.recv_fragment().await.unwrap().unwrap();
        assert_eq!(received, expected);
    }
    assert!(ours.recv_fragment().await.is_none());
}

#[tokio::test]
async fn a_peer_that_does_not_take_its_pongs_has_to_wait() {
    let (ours, mut theirs) = tokio::io::duplex(512);
    let options = WebSocketOptions::default().write_buffer_limit(1024);
    let ours = WebSocket::from_handshaken(ours, &options);
    let echo = tokio::spawn(echo(ours));
    let pings = client_frame(0x89, &[b'p'; 100]).repeat(100_000);
    let (mut reader, mut writer) = tokio::io::split(&mut theirs);
    let written = AtomicUsize::new(0);
    let flood = async {
        for ping in pings.chunks(106) {
            writer.write_all(ping).await.unwrap();
            written.fetch_add(ping.len(), Ordering::Relaxed);
        }
    };
    let patience = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(patience, flood).await.is_err());
    // What waits is bounded: the two ends of the stream, one read, one outbox.
    let written = written.load(Ordering::Relaxed);
    assert!(written < 8 * 1024, "{written}");
    let mut pong = [0; 2];
    reader.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong, [0x8A, 100]);
    drop(theirs);
    assert!(echo.await.unwrap().is_err());
}

#[tokio::test]
async fn the_halves_of_a_split_socket_do_not_lose_each_others_wakeups() {
    const ROUNDS: usize = 2000;
    let (ours, theirs) = tokio::io::duplex(100);
    let options = WebSocketOptions::default().write_buffer_limit(200);
    let (mut sink, mut stream) = WebSocket::from_handshaken(ours, &options).split();
    let theirs = WebSocketStream::from_raw_socket(theirs, Role::Client, None).await;
    let (mut their_sink, mut their_stream) = theirs.split();
    let sender = tokio::spawn(async move {
        for _ in 0..ROUNDS {
            sink.send("from us, and longer than the stream".into())
                .await
                .unwrap();
        }
    });
    let receiver = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(Ok(message)) = stream.next().await {
            pings += usize::from(matches!(message, Message::Ping(_)));
        }
        pings
    });
    let their_sender = tokio::spawn(async move {
        for _ in 0..ROUNDS {
            let ping = TheirMessage::Ping(Bytes::from_static(&[b'p'; 90]));
            their_sink.send(ping).await.unwrap();
        }
    });
    let (mut pongs, mut texts) = (0, 0);
    while pongs < ROUNDS || texts < ROUNDS {
        match their_stream.next().await.unwrap().unwrap() {
            TheirMessage::Pong(_) => pongs += 1,
            TheirMessage::Text(_) => texts += 1,
            other => panic!("{other:?}"),
        }
    }
    sender.await.unwrap();
    their_sender.await.unwrap();
    drop(their_stream);
    assert_eq!(receiver.await.unwrap(), ROUNDS);
}

#[test]
fn a_socket_can_be_moved_anywhere_and_is_small() {
    fn is_send<T: Send + 'static>() {}
    is_send::<WebSocket>();
    let size = mem::size_of::<WebSocket>();
    assert!(size <= 512, "{size}");
}
