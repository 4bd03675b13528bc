//! What a short message may become.

use hub_core::websocket::deflate::Contexts;
use hub_core::websocket::{MessageKind, OpCode, ProtocolError, Role};

use super::{Receiver, frame, no_takeover, options};

/// A message of `len` zeros, compressed.
fn zeros(len: usize) -> Vec<u8> {
    let agreed = no_takeover();
    let mut deflater = agreed.deflater(Role::Server, &options(&agreed));
    let mut wire = Vec::new();
    let mut contexts = Contexts::default();
    let kind = MessageKind::Binary;
    deflater.encode_message(&mut contexts, kind, &vec![0; len], None, &mut wire);
    assert!(wire.len() < len);
    wire
}

#[test]
fn exactly_the_limit_passes_and_one_more_does_not() {
    for limit in [100, 16 * 1024 - 1, 16 * 1024, 32 * 1024, 32 * 1024 + 1] {
        let mut receiver = Receiver::new(Role::Client, &no_takeover(), limit);
        for _ in 0..2 {
            let messages = receiver.receive(&zeros(limit), []).unwrap();
            assert_eq!(messages, [vec![0; limit].into()]);
        }
        let error = receiver.receive(&zeros(limit + 1), []).unwrap_err();
        assert_eq!(error, ProtocolError::MessageTooLong);
        assert_eq!(error.close_code().as_u16(), 1009);
    }
}

/// A gigabyte in a megabyte: blocks that copy one zero over and over.
#[test]
fn a_bomb_is_inflated_no_further_than_its_limit() {
    const LIMIT: usize = 64 * 1024;
    // One megabyte of zeros, again and again.
    let megabyte = zeros(1024 * 1024);
    let block = [&megabyte[4..], &[0x00, 0x00, 0xFF, 0xFF]].concat();
    let bomb = block.repeat(1000);
    let wire = frame(OpCode::Binary, true, true, None, &bomb);

    let agreed = no_takeover();
    let mut inflater = agreed.inflater(Role::Client, LIMIT);
    let mut contexts = Contexts::default();
    let mut decoder = hub_core::websocket::Decoder::new(Role::Client).accept_compressed();
    let mut wire = wire;
    let mut input = &mut wire[..];
    let Ok(Some(hub_core::websocket::Event::Data(mut piece))) = decoder.decode(&mut input) else {
        panic!("a frame has arrived");
    };
    let mut inflated = 0;
    let error = loop {
        match inflater.inflate(&mut contexts, &mut piece) {
            Ok(plain) => inflated += plain.unwrap().payload.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error, ProtocolError::MessageTooLong);
    assert!(inflated <= LIMIT);
    // What was not inflated is still there.
    assert!(piece.payload.len() > bomb.len() - 2 * block.len());
}
