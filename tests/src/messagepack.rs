use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::{Ending, TestServer, within};

const PING: [u8; 3] = [0x02, 0x91, 0x06];

/// A WebSocket that carries messages of the MessagePack protocol, as bytes.
#[derive(Debug)]
pub struct MessagePackClient {
    socket: WebSocketStream<TcpStream>,
}

/// A message of fewer than 128 bytes with its length in front.
///
/// # Panics
/// When it is longer.
#[must_use]
pub fn framed(body: &[u8]) -> Vec<u8> {
    assert!(body.len() < 128, "its length takes more than one byte");
    let length = u8::try_from(body.len()).unwrap();
    [&[length], body].concat()
}

impl MessagePackClient {
    /// A client that has shaken hands.
    pub async fn connect(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let url = format!("ws://{}/hub", server.address());
        let (socket, _) = within(client_async(url, stream)).await.unwrap();
        let mut client = Self { socket };
        let handshake = "{\"protocol\":\"messagepack\",\"version\":1}\u{1e}";
        within(client.socket.send(handshake.into())).await.unwrap();
        assert_eq!(client.next().await, b"{}\x1e");
        client
    }

    /// Sends bytes in one message of the WebSocket.
    pub async fn send(&mut self, bytes: &[u8]) {
        within(self.socket.send(Message::binary(bytes.to_vec())))
            .await
            .expect("the connection is open");
    }

    /// The next message of the WebSocket that is no ping.
    ///
    /// # Panics
    /// When the connection ends instead.
    pub async fn next(&mut self) -> Vec<u8> {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Binary(bytes))) if bytes[..] == PING => {}
                Some(Ok(Message::Binary(bytes))) => return bytes.into(),
                other => panic!("not a message: {other:?}"),
            }
        }
    }

    /// How the connection ends.
    ///
    /// # Panics
    /// When a message comes first.
    pub async fn ending(&mut self) -> Ending {
        match within(self.socket.next()).await {
            Some(Ok(Message::Close(frame))) => {
                let _ = within(self.socket.next()).await;
                Ending::Closed(frame.map_or(1005, |frame| frame.code.into()))
            }
            Some(Ok(other)) => panic!("a message came: {other:?}"),
            Some(Err(_)) | None => Ending::Cut,
        }
    }
}
