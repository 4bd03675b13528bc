//! A client that compresses, over a real socket.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::any;
use hub_core::websocket::deflate::{
    Contexts, DeflateOptions, DeflateParameters, Deflater, Inflater, verify_response,
};
use hub_core::websocket::handshake::RequestKey;
use hub_core::websocket::{Assembler, Decoder, Event, Message, MessageKind, Role};
use hub_server::websocket::{WebSocket, WebSocketOptions, WebSocketUpgrade};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves `handler` on a port of its own.
pub(super) async fn serve<F, Fut>(options: WebSocketOptions, handler: F) -> SocketAddr
where
    F: Fn(WebSocket) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let upgrade = move |upgrade: WebSocketUpgrade| {
        let response = upgrade.options(options.clone()).on_upgrade(handler.clone());
        std::future::ready(response)
    };
    let app = Router::new().route("/", any(upgrade));
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

pub(super) struct Client {
    stream: TcpStream,
    decoder: Decoder,
    assembler: Assembler,
    contexts: Contexts,
    compression: Option<(Deflater, Inflater)>,
    buffer: Vec<u8>,
    /// Whether the last message came compressed.
    pub(super) was_compressed: bool,
}

impl Client {
    /// Connects and offers what `options` say.
    pub(super) async fn connect(address: SocketAddr, options: &DeflateOptions) -> Self {
        let (stream, agreed) = open(address, options, &options.offer()).await;
        Self::over(stream, agreed, options)
    }

    pub(super) fn over(
        stream: TcpStream,
        agreed: Option<DeflateParameters>,
        options: &DeflateOptions,
    ) -> Self {
        let decoder = Decoder::new(Role::Client);
        let codec = |agreed: DeflateParameters| {
            let inflater = agreed.inflater(Role::Client, usize::MAX);
            (agreed.deflater(Role::Client, options), inflater)
        };
        Self {
            stream,
            decoder: match agreed {
                Some(_) => decoder.accept_compressed(),
                None => decoder,
            },
            assembler: Assembler::new(usize::MAX),
            contexts: Contexts::default(),
            compression: agreed.map(codec),
            buffer: Vec::new(),
            was_compressed: false,
        }
    }

    pub(super) async fn send(&mut self, text: &str) {
        let mut frame = Vec::new();
        let (deflater, _) = self.compression.as_mut().unwrap();
        let (kind, mask) = (MessageKind::Text, Some([9, 8, 7, 6]));
        deflater.encode_message(&mut self.contexts, kind, text.as_bytes(), mask, &mut frame);
        self.send_bytes(&frame).await;
    }

    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next message; `None` at the end of the connection.
    pub(super) async fn receive(&mut self) -> Option<Message> {
        loop {
            let mut input = &mut self.buffer[..];
            while let Some(event) = self.decoder.decode(&mut input).unwrap() {
                let message = match (event, &mut self.compression) {
                    (Event::Data(mut piece), Some((_, inflater))) if piece.compressed => {
                        self.was_compressed = true;
                        let mut message = None;
                        let contexts = &mut self.contexts;
                        while let Some(plain) = inflater.inflate(contexts, &mut piece).unwrap() {
                            message = self.assembler.push_fragment(&plain).unwrap();
                        }
                        message
                    }
                    (event, _) => {
                        self.was_compressed = false;
                        self.assembler.push(event).unwrap()
                    }
                };
                if message.is_some() {
                    self.buffer = input.to_vec();
                    return message;
                }
            }
            self.buffer = input.to_vec();
            if self.stream.read_buf(&mut self.buffer).await.unwrap() == 0 {
                return None;
            }
        }
    }

    /// The code that the server closes the connection with.
    pub(super) async fn close_code(&mut self) -> u16 {
        loop {
            match self.receive().await {
                Some(Message::Close(frame)) => return frame.unwrap().code.as_u16(),
                Some(_) => {}
                None => panic!("the server ended the connection without a close frame"),
            }
        }
    }
}

/// Makes the opening handshake with `offer`, which `options` stand behind.
pub(super) async fn open(
    address: SocketAddr,
    options: &DeflateOptions,
    offer: &str,
) -> (TcpStream, Option<DeflateParameters>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let key = RequestKey::new(*b"the sample nonce");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\
         Sec-WebSocket-Extensions: {offer}\r\n\r\n",
        key.as_str(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    assert!(lines.next().unwrap().starts_with("HTTP/1.1 101"), "{head}");
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let (_, agreed) = verify_response(101, &key, &[], options, |name| {
        let named = headers.iter().filter(move |header| header.0 == name);
        named.map(|header| header.1.as_bytes())
    })
    .unwrap();
    (stream, agreed)
}
