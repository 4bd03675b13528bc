use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::{JSON_HANDSHAKE, RECORD_SEPARATOR, TestServer, records, within};

/// A WebSocket that carries records of the JSON protocol.
#[derive(Debug)]
pub struct RawClient {
    socket: WebSocketStream<TcpStream>,
    received: VecDeque<Value>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a close frame of this code.
    Closed(u16),
    /// Without a close frame.
    Cut,
}

/// A call that wants an answer.
#[must_use]
pub fn call(id: &str, target: &str, arguments: Value) -> Value {
    invocation(1, id, target, arguments)
}

/// A call of a method that streams.
#[must_use]
pub fn stream_call(id: &str, target: &str, arguments: Value) -> Value {
    invocation(4, id, target, arguments)
}

fn invocation(kind: u8, id: &str, target: &str, arguments: Value) -> Value {
    let properties = [
        ("type", kind.into()),
        ("invocationId", id.into()),
        ("target", target.into()),
        ("arguments", arguments),
    ];
    properties
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect::<Map<_, _>>()
        .into()
}

impl RawClient {
    /// A client that has shaken hands and receives.
    pub async fn connect(server: &TestServer) -> Self {
        let mut client = Self::open(server, "/hub").await;
        client.shake_hands().await;
        client
    }

    /// A WebSocket to `target` on which nothing was said yet.
    pub async fn open(server: &TestServer, target: &str) -> Self {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let url = format!("ws://{}{target}", server.address());
        let limits = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None);
        let (socket, _) = within(client_async_with_config(url, stream, Some(limits)))
            .await
            .expect("the server upgrades");
        Self {
            socket,
            received: VecDeque::new(),
        }
    }

    /// Agrees on JSON.
    pub async fn shake_hands(&mut self) {
        self.send_text(JSON_HANDSHAKE).await;
        assert_eq!(self.next().await, json!({}));
    }

    /// Sends one record.
    pub async fn send(&mut self, record: Value) {
        self.send_text(&record.to_string()).await;
    }

    /// Sends several records in one message.
    pub async fn send_all(&mut self, records: impl IntoIterator<Item = Value>) {
        let text: String = records
            .into_iter()
            .map(|record| format!("{record}{RECORD_SEPARATOR}"))
            .collect();
        self.send_raw(text.into()).await;
    }

    /// Sends `text` and the end of a record.
    pub async fn send_text(&mut self, text: &str) {
        self.send_raw(format!("{text}{RECORD_SEPARATOR}").into())
            .await;
    }

    /// Sends one message of the WebSocket as it is.
    pub async fn send_raw(&mut self, message: Message) {
        within(self.socket.send(message))
            .await
            .expect("the connection is open");
    }

    /// Sends as much as the server takes; it may have hung up already.
    pub async fn try_send_raw(&mut self, message: Message) {
        let _ = within(self.socket.send(message)).await;
    }

    /// Calls a method and returns the record that answers.
    ///
    /// # Panics
    /// When anything else comes first.
    pub async fn call(&mut self, id: &str, target: &str, arguments: Value) -> Value {
        self.send(call(id, target, arguments)).await;
        self.next().await
    }

    /// The value that a method returns.
    ///
    /// # Panics
    /// When it fails, or anything else comes first.
    pub async fn invoke(&mut self, target: &str, arguments: Value) -> Value {
        let mut answer = self.call("invoke", target, arguments).await;
        assert_eq!(
            (&answer["type"], &answer["invocationId"]),
            (&json!(3), &json!("invoke")),
            "{answer}"
        );
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].take()
    }

    /// The next record that is no ping.
    ///
    /// # Panics
    /// When the connection ends instead.
    pub async fn next(&mut self) -> Value {
        self.received()
            .await
            .unwrap_or_else(|ending| panic!("the connection ended: {ending:?}"))
    }

    /// The arguments of the call that comes next.
    ///
    /// # Panics
    /// When anything but a call of `target` comes.
    pub async fn next_call(&mut self, target: &str) -> Value {
        let mut record = self.next().await;
        assert_eq!(
            (&record["type"], &record["target"]),
            (&json!(1), &json!(target)),
            "{record}"
        );
        record["arguments"].take()
    }

    /// How the connection ends.
    ///
    /// # Panics
    /// When a record comes first.
    pub async fn ending(&mut self) -> Ending {
        match self.received().await {
            Ok(record) => panic!("a record came: {record}"),
            Err(ending) => ending,
        }
    }

    /// The next record that is no ping, or the end.
    ///
    /// # Errors
    /// How the connection ended.
    pub async fn received(&mut self) -> Result<Value, Ending> {
        loop {
            if let Some(record) = self.received.pop_front() {
                if record != json!({"type": 6}) {
                    return Ok(record);
                }
                continue;
            }
            match within(self.socket.next()).await {
                Some(Ok(Message::Text(text))) => self.received.extend(records(&text)),
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    // Answers the close frame, as every client does.
                    let _ = within(self.socket.next()).await;
                    return Err(Ending::Closed(code));
                }
                Some(Ok(other)) => panic!("not a record: {other}"),
                Some(Err(_)) | None => return Err(Ending::Cut),
            }
        }
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        within(self.socket.close(None)).await.unwrap();
        assert_eq!(self.ending().await, Ending::Closed(1000));
    }
}
