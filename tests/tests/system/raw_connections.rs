//! Raw connections over every transport: bytes in both directions, bounds, and
//! how they end.

use std::time::Duration;

use axum::Router;
use futures_util::{SinkExt, StreamExt};

use hub_server::raw::{RawConnection, RawConnectionOptions, RawRouterExt, TransferFormat};
use hub_server::{DisconnectReason, Shutdown};
use tests::{Answer, EventClient, Requests, TestServer, within};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Echoes until the end, and tells how that was.
async fn start(
    options: RawConnectionOptions,
) -> (TestServer, UnboundedReceiver<Option<DisconnectReason>>) {
    let (sender, ended) = unbounded_channel();
    let echo = move |mut connection: RawConnection| {
        let sender = sender.clone();
        async move {
            while let Some(bytes) = connection.recv().await {
                if connection.send(bytes).await.is_err() {
                    break;
                }
            }
            // The test may have seen enough.
            let _ = sender.send(connection.disconnect_reason());
        }
    };
    let app = Router::new().connection_handler_with("/hub", options, echo);
    (TestServer::serve(app).await, ended)
}

async fn serve<F, Fut>(handler: F) -> TestServer
where
    F: Fn(RawConnection) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    TestServer::serve(Router::new().connection_handler("/hub", handler)).await
}

async fn socket(server: &TestServer) -> Socket {
    let url = format!("ws://{}/hub", server.address());
    within(connect_async(url)).await.unwrap().0
}

/// The next message that is no ping.
async fn next(socket: &mut Socket) -> Option<Message> {
    loop {
        match within(socket.next()).await? {
            Ok(Message::Ping(_)) => {}
            Ok(message) => return Some(message),
            Err(_) => return None,
        }
    }
}

fn close_code(message: Option<Message>) -> u16 {
    match message {
        Some(Message::Close(frame)) => frame.map_or(1005, |frame| frame.code.into()),
        other => panic!("not a close frame: {other:?}"),
    }
}

async fn poll(requests: &Requests, target: &str) -> Answer {
    requests.request("GET", target).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_over_websockets() {
    let (server, mut ended) = start(RawConnectionOptions::new()).await;
    let mut socket = socket(&server).await;
    // Several in one segment come back one by one.
    for text in ["one", "two", "drei\u{1e}"] {
        socket.feed(Message::text(text)).await.unwrap();
    }
    socket.flush().await.unwrap();
    for text in ["one", "two", "drei\u{1e}"] {
        assert_eq!(next(&mut socket).await, Some(Message::text(text)));
    }
    // Text by default, whatever came; but never a text that is none.
    socket.send(Message::binary("plain")).await.unwrap();
    assert_eq!(next(&mut socket).await, Some(Message::text("plain")));
    socket.send(Message::binary(vec![0xff])).await.unwrap();
    assert_eq!(next(&mut socket).await, Some(Message::binary(vec![0xff])));
    socket
        .send(Message::Ping("still there".into()))
        .await
        .unwrap();
    assert_eq!(
        next(&mut socket).await,
        Some(Message::Pong("still there".into()))
    );
    socket.send(Message::Close(None)).await.unwrap();
    assert_eq!(close_code(next(&mut socket).await), 1000);
    assert_eq!(
        within(ended.recv()).await,
        Some(Some(DisconnectReason::Closed))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_buffers_hold_comes_back_whole() {
    let options = RawConnectionOptions::new()
        .receive_buffer_size(1024)
        .send_buffer_size(1024)
        .transfer_format(TransferFormat::Binary);
    let (server, _ended) = start(options).await;
    let (mut sink, mut stream) = socket(&server).await.split();
    let sent: Vec<u8> = (0..2_000_000_u32).map(|i| (i % 251) as u8).collect();
    let message = Message::binary(sent.clone());
    let sending = tokio::spawn(async move { sink.send(message).await.map(|()| sink) });
    let mut received = Vec::new();
    while received.len() < sent.len() {
        if let Message::Binary(piece) = within(stream.next()).await.unwrap().unwrap() {
            received.extend_from_slice(&piece);
        }
    }
    assert!(received == sent);
    // The socket stays open until here.
    drop(within(sending).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_over_server_sent_events() {
    let (server, mut ended) = start(RawConnectionOptions::new()).await;
    let mut client = EventClient::open(&server).await;
    for (text, event) in [
        ("one", "data: one"),
        ("two\nlines\r\n", "data: two\r\ndata: lines\r\ndata: "),
    ] {
        let answer = client.requests().post(client.target(), text).await;
        assert_eq!((answer.status, &*answer.body), (200, ""));
        assert_eq!(client.next_event().await.as_deref(), Some(event));
    }
    drop(client);
    let reason = within(ended.recv()).await;
    assert_eq!(reason, Some(Some(DisconnectReason::TransportLost)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_over_long_polling() {
    let (server, mut ended) = start(RawConnectionOptions::new()).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    assert_eq!(&*poll(&requests, &target).await.body, "");
    assert_eq!(requests.post(&target, "polled").await.status, 200);
    let answer = poll(&requests, &target).await;
    assert_eq!((answer.status, &*answer.body), (200, "polled"));
    assert_eq!(requests.request("DELETE", &target).await.status, 202);
    assert_eq!(
        within(ended.recv()).await,
        Some(Some(DisconnectReason::Closed))
    );
    within(async { while poll(&requests, &target).await.status != 404 {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_polls_no_more_is_lost_even_if_nothing_is_received() {
    let (sender, mut ended) = unbounded_channel();
    let options = RawConnectionOptions::new()
        .disconnect_timeout(Duration::from_millis(300))
        .receive_buffer_size(1);
    let app = Router::new().connection_handler_with("/hub", options, move |mut connection| {
        let sender = sender.clone();
        async move {
            // Sends until the end, and receives nothing.
            while connection.send("tick").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let _ = sender.send(connection.disconnect_reason());
        }
    });
    let server = TestServer::serve(app).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    assert_eq!(&*poll(&requests, &target).await.body, "");
    assert_eq!(requests.post(&target, "unread").await.status, 200);
    let reason = within(ended.recv()).await;
    assert_eq!(reason, Some(Some(DisconnectReason::TransportLost)));
}

#[tokio::test(flavor = "multi_thread")]
async fn last_words_come_before_the_goodbye_of_a_handler_that_returns() {
    let server = serve(|mut connection| async move {
        connection.send("last words").await.unwrap();
    })
    .await;
    let mut socket = socket(&server).await;
    assert_eq!(next(&mut socket).await, Some(Message::text("last words")));
    assert_eq!(close_code(next(&mut socket).await), 1000);

    let mut client = EventClient::open(&server).await;
    assert_eq!(
        client.next_event().await.as_deref(),
        Some("data: last words")
    );
    assert_eq!(client.next_event().await, None);

    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    assert_eq!(&*poll(&requests, &target).await.body, "");
    assert_eq!(&*poll(&requests, &target).await.body, "last words");
    assert_eq!(poll(&requests, &target).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_closes_its_connection_only() {
    let server = serve(|mut connection| async move {
        let bytes = connection.recv().await;
        assert_ne!(
            bytes.as_deref(),
            Some(&b"panic"[..]),
            "a panic for the test"
        );
        connection.send("fine").await.unwrap();
        connection.recv().await;
    })
    .await;
    let mut other = socket(&server).await;
    let mut failing = socket(&server).await;
    failing.send(Message::text("panic")).await.unwrap();
    assert_eq!(close_code(next(&mut failing).await), 1011);
    other.send(Message::text("go on")).await.unwrap();
    assert_eq!(next(&mut other).await, Some(Message::text("fine")));
}

#[tokio::test(flavor = "multi_thread")]
async fn close_returns_when_the_client_has_answered() {
    let (sender, mut closed) = unbounded_channel();
    let server = serve(move |mut connection| {
        let sender = sender.clone();
        async move {
            connection.recv().await;
            connection.close().await;
            sender.send(()).unwrap();
        }
    })
    .await;
    let mut socket = socket(&server).await;
    socket.send(Message::text("go")).await.unwrap();
    assert_eq!(close_code(next(&mut socket).await), 1000);
    // The answer to the close frame goes out with the next read.
    assert_eq!(next(&mut socket).await, None);
    assert_eq!(within(closed.recv()).await, Some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn abort_cuts_without_a_goodbye() {
    let server = serve(|mut connection| async move {
        connection.recv().await;
        let (mut receiver, sender) = connection.split();
        sender.abort();
        assert_eq!(receiver.recv().await, None);
    })
    .await;
    let mut socket = socket(&server).await;
    socket.send(Message::text("go")).await.unwrap();
    assert_eq!(next(&mut socket).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_are_kept_alive() {
    let options = RawConnectionOptions::new().keep_alive_interval(Duration::from_millis(50));
    let (server, _ended) = start(options).await;
    let mut socket = socket(&server).await;
    for _ in 0..3 {
        let message = within(socket.next()).await.unwrap().unwrap();
        assert_eq!(message, Message::Ping(Default::default()));
    }
    socket.send(Message::text("busy")).await.unwrap();
    assert_eq!(next(&mut socket).await, Some(Message::text("busy")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_and_only_over_what_is_offered() {
    let options = RawConnectionOptions::new().require_authentication();
    let (server, _ended) = start(options).await;
    let requests = Requests::to(&server);
    assert_eq!(requests.request("POST", "/hub/negotiate").await.status, 401);
    assert_eq!(requests.upgrade("/hub").await.status, 401);

    let options = RawConnectionOptions::new().transports([hub_server::TransportKind::LongPolling]);
    let (server, _ended) = start(options).await;
    let requests = Requests::to(&server);
    let refused = "WebSockets transport not supported by this end point type";
    assert_eq!(requests.upgrade("/hub").await, Answer::text(404, refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_ends_connections_in_good_order() {
    let shutdown = Shutdown::new();
    let options = RawConnectionOptions::new().shutdown(&shutdown);
    let (server, mut ended) = start(options).await;
    let mut socket = socket(&server).await;
    socket.send(Message::text("here")).await.unwrap();
    assert_eq!(next(&mut socket).await, Some(Message::text("here")));
    let requests = Requests::to(&server);
    let draining = tokio::spawn(async move { shutdown.drain().await });
    assert_eq!(close_code(next(&mut socket).await), 1000);
    // The answer to the close frame goes out with the next read.
    assert_eq!(next(&mut socket).await, None);
    let reason = within(ended.recv()).await;
    assert_eq!(reason, Some(Some(DisconnectReason::Shutdown)));
    assert_eq!(within(draining).await.unwrap(), 0);
    let refused = requests.request("POST", "/hub/negotiate").await;
    assert_eq!(refused.status, 503);
}
