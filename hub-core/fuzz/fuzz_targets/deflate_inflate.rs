//! Any bytes as compressed messages in two fragments: no panic, no hang, nothing
//! beyond the limit; and what is compressed here is inflated to the same.

#![no_main]

use hub_core::websocket::deflate::{
    Contexts, DeflateOptions, DeflateParameters, Inflater, WindowBits,
};
use hub_core::websocket::{Decoder, Event, Fragment, MessageKind, ProtocolError, Role};
use libfuzzer_sys::fuzz_target;

const MAX_MESSAGE_LEN: usize = 100_000;

fuzz_target!(|input: (u8, bool, bool, &[u8], &[u8])| {
    let (bits, takeover, text, first, second) = input;
    let agreed = DeflateParameters {
        server_no_context_takeover: !takeover,
        server_max_window_bits: WindowBits::try_new(bits),
        ..DeflateParameters::default()
    };
    let kind = if text {
        MessageKind::Text
    } else {
        MessageKind::Binary
    };
    let mut contexts = Contexts::default();
    let mut inflater = agreed.inflater(Role::Client, MAX_MESSAGE_LEN);
    for _ in 0..2 {
        let mut out = Vec::new();
        let begun = piece(kind, first, false);
        if inflate(&mut inflater, &mut contexts, begun, &mut out).is_err()
            || inflate(
                &mut inflater,
                &mut contexts,
                piece(kind, second, true),
                &mut out,
            )
            .is_err()
        {
            break;
        }
    }
    round_trip(&agreed, &mut contexts, &[first, second]);
});

fn piece(kind: MessageKind, payload: &[u8], ends_message: bool) -> Fragment<'_> {
    Fragment {
        kind,
        payload,
        ends_message,
        compressed: true,
    }
}

fn inflate(
    inflater: &mut Inflater,
    contexts: &mut Contexts,
    mut piece: Fragment<'_>,
    out: &mut Vec<u8>,
) -> Result<(), ProtocolError> {
    while let Some(plain) = inflater.inflate(contexts, &mut piece)? {
        out.extend_from_slice(plain.payload);
        assert!(out.len() <= MAX_MESSAGE_LEN);
    }
    assert!(piece.payload.is_empty());
    Ok(())
}

fn round_trip(agreed: &DeflateParameters, contexts: &mut Contexts, messages: &[&[u8]]) {
    let options = DeflateOptions::new()
        .disable_server_context_takeover(false)
        .min_message_size(0);
    let mut deflater = agreed.deflater(Role::Server, &options);
    let mut inflater = agreed.inflater(Role::Client, usize::MAX);
    for message in messages {
        let mut wire = Vec::new();
        deflater.encode_message(contexts, MessageKind::Binary, message, None, &mut wire);
        let mut decoder = Decoder::new(Role::Client).accept_compressed();
        let Ok(Some(Event::Data(piece))) = decoder.decode(&mut &mut wire[..]) else {
            panic!("a frame of our own");
        };
        if !piece.compressed {
            assert_eq!(piece.payload, *message);
            continue;
        }
        let mut out = Vec::new();
        inflate(&mut inflater, contexts, piece, &mut out).unwrap();
        assert_eq!(out, *message);
    }
}
