//! Whatever one end sends, the other receives, however it is cut.

use hub_core::websocket::deflate::{Contexts, DeflateParameters, WindowBits};
use hub_core::websocket::{MaskKey, Message, MessageKind, Role, encode_message, encode_ping};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{ROOM, Receiver, options};

fn parameters() -> impl Strategy<Value = DeflateParameters> {
    let bits =
        || proptest::option::of((9..=15u8).prop_map(|bits| WindowBits::try_new(bits).unwrap()));
    (any::<bool>(), any::<bool>(), bits(), bits()).prop_map(
        |(server_no_context_takeover, client_no_context_takeover, server, client)| {
            DeflateParameters {
                server_no_context_takeover,
                client_no_context_takeover,
                server_max_window_bits: server,
                client_max_window_bits: client,
            }
        },
    )
}

/// Bytes that compress well, badly, or beyond one window.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        vec(0..3u8, 0..2000),
        (vec(any::<u8>(), 1..700), 1..120usize).prop_map(|(unit, times)| unit.repeat(times)),
        vec(any::<u8>(), 15_000..70_000),
    ]
}

/// How a message is sent.
#[derive(Clone, Debug)]
enum Sent {
    Whole,
    Plain,
    /// In fragments that end there, with pings between them.
    Fragments(Vec<prop::sample::Index>),
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        3 => Just(Sent::Whole),
        1 => Just(Sent::Plain),
        2 => vec(any::<prop::sample::Index>(), 0..4).prop_map(Sent::Fragments),
    ]
}

fn cuts(indices: &[prop::sample::Index], len: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = indices.iter().map(|at| at.index(len + 1)).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_survive(
        agreed in parameters(),
        from_client in any::<bool>(),
        level in 1..=9u8,
        messages in vec((payload(), sent()), 1..6),
        arrival in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let (sender, receiver) = match from_client {
            true => (Role::Client, Role::Server),
            false => (Role::Server, Role::Client),
        };
        let mask: Option<MaskKey> = from_client.then_some([1, 2, 3, 4]);
        let mut deflater = agreed.deflater(sender, &options(&agreed).level(level));
        let mut contexts = Contexts::default();
        let kind = MessageKind::Binary;
        let (mut wire, mut expected) = (Vec::new(), Vec::new());
        for (payload, sent) in messages {
            match sent {
                Sent::Whole => {
                    deflater.encode_message(&mut contexts, kind, &payload, mask, &mut wire);
                }
                Sent::Plain => encode_message(kind, &payload, mask, &mut wire),
                Sent::Fragments(indices) => {
                    let mut start = 0;
                    for end in cuts(&indices, payload.len()) {
                        let piece = &payload[start..end];
                        deflater.encode_fragment(&mut contexts, kind, piece, false, mask, &mut wire);
                        encode_ping(b"", mask, &mut wire);
                        expected.push(Message::Ping(Vec::new().into()));
                        start = end;
                    }
                    let rest = &payload[start..];
                    deflater.encode_fragment(&mut contexts, kind, rest, true, mask, &mut wire);
                }
            }
            expected.push(Message::from(payload));
        }
        let cuts = cuts(&arrival, wire.len());
        let received = Receiver::new(receiver, &agreed, ROOM).receive(&wire, cuts);
        prop_assert_eq!(received, Ok(expected));
    }

    #[test]
    fn lengths_around_the_pieces_that_are_handed_out(
        base in prop::sample::select(vec![0, 16_384, 32_768, 65_536]),
        offset in 0..4usize,
        text in any::<bool>(),
    ) {
        let agreed = super::no_takeover();
        let len = (base + offset).saturating_sub(2);
        let payload: String = ('a'..='z').cycle().take(len).collect();
        let kind = if text { MessageKind::Text } else { MessageKind::Binary };
        let mut deflater = agreed.deflater(Role::Server, &options(&agreed));
        let mut wire = Vec::new();
        deflater.encode_message(
            &mut Contexts::default(), kind, payload.as_bytes(), None, &mut wire,
        );
        let expected = match kind {
            MessageKind::Text => Message::from(payload),
            MessageKind::Binary => Message::from(payload.into_bytes()),
        };
        let received = Receiver::new(Role::Client, &agreed, len).receive(&wire, []);
        prop_assert_eq!(received, Ok(vec![expected]));
    }

    /// No panic, no hang, and never more than the limit.
    #[test]
    fn any_bytes_are_inflated_or_refused(
        bytes in vec(any::<u8>(), 0..300),
        agreed in parameters(),
    ) {
        let wire = super::frame(hub_core::websocket::OpCode::Binary, true, true, None, &bytes);
        let received = Receiver::new(Role::Client, &agreed, 1000).receive(&wire, []);
        if let Ok(messages) = received {
            for message in messages {
                prop_assert!(matches!(message, Message::Binary(bytes) if bytes.len() <= 1000));
            }
        }
    }
}
