//! The opening handshake on an axum route, over real sockets.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use http::{Method, Request, StatusCode, Version};
use hub_server::websocket::{Message, WebSocketOptions, WebSocketUpgrade};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as TheirMessage;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Role;

const GOOD: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    let options = WebSocketOptions::default().allowed_origins(["https://a.example"]);
    let upgrade = upgrade.options(options).subprotocols(["second", "first"]);
    upgrade.on_upgrade(|mut socket| async move {
        if let Some(name) = socket.subprotocol() {
            let greeting = Message::from(name);
            socket.feed(greeting).await.unwrap();
        }
        while let Some(Ok(message)) = socket.recv().await {
            if message.is_data() {
                socket.feed(message).await.unwrap();
            }
        }
    })
}

async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", any(echo));
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

/// Sends a request as text and reads until the server has nothing more to say.
async fn exchange(request: &str) -> String {
    let mut stream = TcpStream::connect(serve().await).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn http_1_1() {
    let url = format!("ws://{}/", serve().await);
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Sec-WebSocket-Protocol", "first, other".parse().unwrap());
    headers.insert("Origin", "https://a.example".parse().unwrap());
    let connected = tokio_tungstenite::connect_async(request).await;
    let (mut socket, response) = connected.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "first");
    socket.send(TheirMessage::text("hello")).await.unwrap();
    for expected in ["first", "hello"] {
        let received = socket.next().await.unwrap().unwrap();
        assert_eq!(received, TheirMessage::text(expected));
    }
    socket.close(None).await.unwrap();
    while let Some(rest) = socket.next().await {
        assert!(rest.unwrap().is_close());
    }
}

#[tokio::test]
async fn http_2() {
    let stream = TcpStream::connect(serve().await).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = |protocol| {
        Request::builder()
            .method(Method::CONNECT)
            .version(Version::HTTP_2)
            .uri("http://localhost/")
            .extension(Protocol::from_static(protocol))
            .header("sec-websocket-version", "13")
            .body(Body::empty())
            .unwrap()
    };
    let refused = client.send_request(request("connect-udp")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);

    let response = client.send_request(request("websocket")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    let upgraded = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    let mut socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
    for message in [
        TheirMessage::text("hello"),
        TheirMessage::binary(vec![7; 100_000]),
    ] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket.close(None).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());
    assert!(socket.next().await.is_none());
}

#[tokio::test]
async fn what_is_sent_right_behind_the_request_is_received() {
    let mut request = format!("{GOOD}\r\n").into_bytes();
    for (first, payload) in [(0x01, "Hel"), (0x80, "lo"), (0x88, "")] {
        request.extend([first, 0x80 | payload.len() as u8, 0, 0, 0, 0]);
        request.extend(payload.bytes());
    }
    let mut stream = TcpStream::connect(serve().await).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    assert!(answer.ends_with(b"\r\n\r\n\x81\x05Hello\x88\x00"));
}

#[tokio::test]
async fn the_answer_has_what_it_needs_and_no_more() {
    // An unmasked frame makes the server end the connection.
    let answer = exchange(&format!("{GOOD}\r\n\x01\x01")).await;
    let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
    let mut lines: Vec<&str> = head.lines().collect();
    lines.retain(|line| !line.starts_with("date:"));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "connection: upgrade",
            "http/1.1 101 switching protocols",
            "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
            "upgrade: websocket",
        ]
    );
}

#[tokio::test]
async fn requests_that_open_no_websocket_get_400() {
    for (part, replacement) in [
        ("GET ", "POST "),
        ("Connection: Upgrade\r\n", ""),
        ("Upgrade: websocket\r\n", "Upgrade: h2c\r\n"),
        ("Version: 13", "Version: 8"),
        ("ZQ==", "ZR=="),
        ("ZQ==", ""),
    ] {
        let request = GOOD.replace(part, replacement);
        assert_ne!(request, GOOD);
        let request = request.replace("Host:", "Connection: close\r\nHost:");
        let answer = exchange(&format!("{request}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("not a WebSocket request"), "{answer}");
    }
}

#[tokio::test]
async fn origins_that_are_not_allowed_get_403() {
    for origin in ["https://b.example", "https://A.example"] {
        let request = format!("{GOOD}Connection: close\r\nOrigin: {origin}\r\n\r\n");
        let answer = exchange(&request).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
}
