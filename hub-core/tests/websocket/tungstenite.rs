//! The codec with an independent implementation at the other end, in both roles.

use futures_util::{SinkExt, StreamExt};
use hub_core::websocket::{
    Assembler, CloseCode, CloseFrame, Decoder, Message, MessageKind, Role, encode_close,
    encode_message, encode_ping, encode_pong,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as TheirMessage;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{
    CloseCode as TheirCode, Data, OpCode,
};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame as TheirClose, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role as TheirRole, WebSocketConfig};

const LIMIT: usize = 1 << 20;

/// Our end: reads through a buffer that is smaller than most messages.
struct Ours {
    stream: DuplexStream,
    decoder: Decoder,
    assembler: Assembler,
    pending: Vec<u8>,
    mask: Option<[u8; 4]>,
}

impl Ours {
    async fn recv(&mut self) -> Option<Message> {
        loop {
            let mut pending = std::mem::take(&mut self.pending);
            let mut input = &mut pending[..];
            while let Some(event) = self.decoder.decode(&mut input).unwrap() {
                if let Some(message) = self.assembler.push(event).unwrap() {
                    self.pending = input.to_vec();
                    return Some(message);
                }
            }
            self.pending = input.to_vec();
            let mut buffer = [0; 700];
            match self.stream.read(&mut buffer).await.unwrap() {
                0 => return None,
                len => self.pending.extend_from_slice(&buffer[..len]),
            }
        }
    }

    async fn write(&mut self, encode: impl FnOnce(Option<[u8; 4]>, &mut Vec<u8>)) {
        let mut out = Vec::new();
        encode(self.mask, &mut out);
        self.stream.write_all(&out).await.unwrap();
    }
}

/// Both ends over a stream that breaks everything into small pieces.
async fn pair(role: Role) -> (Ours, WebSocketStream<DuplexStream>) {
    let (ours, theirs) = tokio::io::duplex(997);
    let their_role = match role {
        Role::Server => TheirRole::Client,
        Role::Client => TheirRole::Server,
    };
    let ours = Ours {
        stream: ours,
        decoder: Decoder::new(role),
        assembler: Assembler::new(LIMIT),
        pending: Vec::new(),
        mask: (role == Role::Client).then_some([0xDE, 0xAD, 0xBE, 0xEF]),
    };
    let config = WebSocketConfig::default();
    let theirs = WebSocketStream::from_raw_socket(theirs, their_role, Some(config)).await;
    (ours, theirs)
}

/// Lengths on both sides of each form of the header.
fn payloads() -> Vec<String> {
    [0, 1, 7, 125, 126, 127, 1000, 65_535, 65_536, 200_000]
        .map(|len| "水a\u{e9}".chars().cycle().take(len / 2).collect())
        .to_vec()
}

async fn both_roles<F: Future>(test: impl Fn(Role) -> F) {
    for role in [Role::Server, Role::Client] {
        test(role).await;
    }
}

#[tokio::test]
async fn what_they_send_arrives() {
    both_roles(|role| async move {
        let (mut ours, mut theirs) = pair(role).await;
        let sender = async {
            for payload in payloads() {
                let text = TheirMessage::text(payload.clone());
                theirs.send(text).await.unwrap();
                let binary = TheirMessage::binary(payload.into_bytes());
                theirs.send(binary).await.unwrap();
            }
        };
        let receiver = async {
            for payload in payloads() {
                let text = ours.recv().await;
                assert_eq!(text, Some(Message::Text(payload.clone())));
                let binary = Message::from(payload.into_bytes());
                assert_eq!(ours.recv().await, Some(binary));
            }
        };
        tokio::join!(sender, receiver);
    })
    .await;
}

#[tokio::test]
async fn what_we_send_arrives() {
    both_roles(|role| async move {
        let (mut ours, mut theirs) = pair(role).await;
        let sender = async {
            for payload in payloads() {
                ours.write(|mask, out| {
                    encode_message(MessageKind::Text, payload.as_bytes(), mask, out);
                    encode_message(MessageKind::Binary, payload.as_bytes(), mask, out);
                })
                .await;
            }
        };
        let receiver = async {
            for payload in payloads() {
                let text = theirs.next().await.unwrap().unwrap();
                assert_eq!(text, TheirMessage::text(payload.clone()));
                let binary = theirs.next().await.unwrap().unwrap();
                assert_eq!(binary, TheirMessage::binary(payload.into_bytes()));
            }
        };
        tokio::join!(sender, receiver);
    })
    .await;
}

#[tokio::test]
async fn fragments_and_pings() {
    both_roles(|role| async move {
        let (mut ours, mut theirs) = pair(role).await;
        let parts = [
            (Data::Text, "Hel", false),
            (Data::Continue, "", false),
            (Data::Continue, "lo", true),
        ];
        for (opcode, payload, fin) in parts {
            let frame = Frame::message(payload, OpCode::Data(opcode), fin);
            theirs.send(TheirMessage::Frame(frame)).await.unwrap();
            let ping = TheirMessage::Ping(payload.into());
            theirs.send(ping).await.unwrap();
        }
        for expected in [
            Message::Ping("Hel".into()),
            Message::Ping("".into()),
            Message::from("Hello"),
            Message::Ping("lo".into()),
        ] {
            assert_eq!(ours.recv().await, Some(expected));
        }
        ours.write(|mask, out| {
            encode_pong(b"lo", mask, out);
            encode_ping(b"there?", mask, out);
        })
        .await;
        let pong = theirs.next().await.unwrap().unwrap();
        assert_eq!(pong, TheirMessage::Pong("lo".into()));
        let ping = theirs.next().await.unwrap().unwrap();
        assert_eq!(ping, TheirMessage::Ping("there?".into()));
        // The answer to our ping leaves with the next flush.
        theirs.flush().await.unwrap();
        let pong = Message::Pong("there?".into());
        assert_eq!(ours.recv().await, Some(pong));
    })
    .await;
}

#[tokio::test]
async fn they_close() {
    both_roles(|role| async move {
        let (mut ours, mut theirs) = pair(role).await;
        let close = TheirClose {
            code: TheirCode::Library(4001),
            reason: "enough".into(),
        };
        theirs.close(Some(close.clone())).await.unwrap();
        let received = CloseFrame::new(CloseCode::try_new(4001).unwrap(), "enough");
        assert_eq!(
            ours.recv().await,
            Some(Message::Close(Some(received.clone())))
        );
        ours.write(|mask, out| encode_close(received.code, &received.reason, mask, out))
            .await;
        drop(ours);
        let answer = theirs.next().await.unwrap().unwrap();
        assert_eq!(answer, TheirMessage::Close(Some(close)));
        assert!(theirs.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn we_close() {
    both_roles(|role| async move {
        let (mut ours, mut theirs) = pair(role).await;
        ours.write(|mask, out| encode_close(CloseCode::GOING_AWAY, "", mask, out))
            .await;
        let close = TheirClose {
            code: TheirCode::Away,
            reason: "".into(),
        };
        let received = theirs.next().await.unwrap().unwrap();
        assert_eq!(received, TheirMessage::Close(Some(close)));
        theirs.flush().await.ok();
        let answer = CloseFrame::new(CloseCode::GOING_AWAY, "");
        assert_eq!(ours.recv().await, Some(Message::Close(Some(answer))));
    })
    .await;
}
