//! A server that does what a test tells it to, step by step.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::within;

/// Waits for connections.
pub(crate) struct FakeServer {
    listener: TcpListener,
}

/// The server's end of a WebSocket.
pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
    /// The request that opened it.
    pub(crate) request: Request,
    /// Received and not yet looked at.
    pending: Vec<Value>,
}

impl FakeServer {
    pub(crate) async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hub", self.listener.local_addr().unwrap())
    }

    /// Accepts the next connection.
    pub(crate) async fn accept(&self) -> TcpStream {
        within(self.listener.accept()).await.unwrap().0
    }

    /// Reads one HTTP request, answers it and returns its head.
    pub(crate) async fn answer(&self, status: &str, headers: &str, body: &str) -> String {
        let mut stream = self.accept().await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(stream.read_u8()).await.unwrap());
        }
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
        );
        // A client that does not want the whole body may be gone.
        let _ = stream.write_all(answer.as_bytes()).await;
        String::from_utf8(head).unwrap()
    }

    /// Grants one negotiate request.
    pub(crate) async fn negotiate(&self) -> String {
        self.negotiate_as("1").await
    }

    pub(crate) async fn negotiate_as(&self, id: &str) -> String {
        let answer = json!({
            "negotiateVersion": 1,
            "connectionId": format!("id-{id}"),
            "connectionToken": format!("token-{id}"),
            "availableTransports": [
                {"transport": "Carrier Pigeons", "transferFormats": ["Text"]},
                {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
            ],
        });
        self.answer("200 OK", "", &answer.to_string()).await
    }

    /// Accepts a WebSocket.
    #[allow(clippy::result_large_err)]
    pub(crate) async fn websocket(&self) -> Peer {
        let stream = self.accept().await;
        let mut request = None;
        let callback = |asked: &Request, response: Response| -> Result<Response, ErrorResponse> {
            request = Some(asked.clone());
            Ok(response)
        };
        let socket = within(tokio_tungstenite::accept_hdr_async(stream, callback))
            .await
            .unwrap();
        Peer {
            socket,
            request: request.unwrap(),
            pending: Vec::new(),
        }
    }

    /// Accepts a JSON connection up to its first ping.
    pub(crate) async fn connect(&self) -> Peer {
        self.connect_as("1").await
    }

    pub(crate) async fn connect_as(&self, id: &str) -> Peer {
        self.negotiate_as(id).await;
        let mut peer = self.websocket().await;
        peer.shake_hands().await;
        peer
    }
}

impl Peer {
    /// Accepts the handshake and takes the first ping.
    pub(crate) async fn shake_hands(&mut self) {
        let request = self.receive().await;
        assert_eq!(request, json!({"protocol": "json", "version": 1}));
        self.send(json!({})).await;
        assert_eq!(self.receive().await, json!({"type": 6}));
    }

    /// Sends one hub message.
    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(format!("{message}\x1e")).await;
    }

    /// Calls a handler of the client.
    pub(crate) async fn call(&mut self, target: &str, arguments: Value) {
        self.send(json!({"type": 1, "target": target, "arguments": arguments}))
            .await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.send_frame(Message::text(text.into())).await;
    }

    pub(crate) async fn send_frame(&mut self, frame: Message) {
        within(self.socket.send(frame)).await.unwrap();
    }

    /// The next hub message; the client must not have closed.
    pub(crate) async fn receive(&mut self) -> Value {
        self.next().await.expect("the client has closed")
    }

    /// The next hub message that is no ping.
    pub(crate) async fn receive_call(&mut self) -> Value {
        loop {
            let message = self.receive().await;
            if message["type"] != 6 {
                return message;
            }
        }
    }

    /// The next hub message; `None` when the client has closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        while self.pending.is_empty() {
            let frame = within(self.socket.next()).await?.ok()?;
            if let Message::Text(text) = frame {
                let mut records: Vec<_> = text.split('\x1e').collect();
                assert_eq!(records.pop(), Some(""), "the last record is complete");
                let messages = records.into_iter().rev();
                self.pending
                    .extend(messages.map(|record| serde_json::from_str(record).unwrap()));
            }
        }
        self.pending.pop()
    }

    /// Waits until the client has closed; returns what it said before.
    pub(crate) async fn drain(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        while let Some(message) = self.next().await {
            messages.push(message);
        }
        messages
    }

    /// Ends the TCP connection without a word.
    pub(crate) fn cut(self) {
        drop(self);
    }

    /// Ends the WebSocket with this code.
    pub(crate) async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        self.send_frame(Message::Close(Some(frame))).await;
    }
}
