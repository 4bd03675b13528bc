//! Who owns a context when.

use super::{Contexts, DeflateOptions, DeflateParameters};
use crate::websocket::{Decoder, Event, Fragment, MessageKind, Role};

fn parameters(takeover: bool) -> DeflateParameters {
    DeflateParameters {
        server_no_context_takeover: !takeover,
        ..DeflateParameters::default()
    }
}

/// Sends and receives a message, in fragments; returns whether the two ends own
/// contexts inside of it and after it.
fn owned(takeover: bool, contexts: &mut Contexts) -> [(bool, bool); 2] {
    let options = DeflateOptions::new().disable_server_context_takeover(false);
    let agreed = parameters(takeover);
    let mut deflater = agreed.deflater(Role::Server, &options);
    let mut inflater = agreed.inflater(Role::Client, 1024);
    let mut decoder = Decoder::new(Role::Client).accept_compressed();
    [false, true].map(|ends| {
        let mut wire = Vec::new();
        deflater.encode_fragment(contexts, MessageKind::Text, b"abc", ends, None, &mut wire);
        let Ok(Some(Event::Data(mut piece))) = decoder.decode(&mut &mut wire[..]) else {
            panic!("a frame was written");
        };
        while inflater.inflate(contexts, &mut piece).unwrap().is_some() {}
        (
            deflater.compressor.is_some(),
            inflater.decompressor.is_some(),
        )
    })
}

#[test]
fn without_takeover_contexts_are_owned_only_inside_a_message() {
    let contexts = &mut Contexts::default();
    for _ in 0..10 {
        assert_eq!(owned(false, contexts), [(true, true), (false, false)]);
        assert_eq!(contexts.spare(), (1, 1));
    }
    assert_eq!(owned(true, contexts), [(true, true), (true, true)]);
    assert_eq!(contexts.spare(), (0, 0));
}

#[test]
fn nothing_is_owned_for_nothing() {
    let contexts = &mut Contexts::default();
    let mut inflater = parameters(false).inflater(Role::Client, 1024);
    let mut piece = Fragment {
        kind: MessageKind::Text,
        payload: b"",
        ends_message: false,
        compressed: true,
    };
    assert_eq!(inflater.inflate(contexts, &mut piece), Ok(None));
    assert!(inflater.decompressor.is_none());
}

#[test]
fn few_contexts_are_kept() {
    let contexts = &mut Contexts::default();
    let options = DeflateOptions::new();
    let agreed = parameters(true);
    let mut many: Vec<_> = (0..10)
        .map(|_| agreed.deflater(Role::Client, &options))
        .collect();
    let mut out = Vec::new();
    for ends in [false, true] {
        for deflater in &mut many {
            deflater.encode_fragment(contexts, MessageKind::Text, b"a", ends, None, &mut out);
        }
    }
    assert_eq!(contexts.spare(), (4, 0));
}
