//! RFC 7692 section 7.2.3, byte for byte, and the rules beside them.

use hub_core::websocket::deflate::{Contexts, DeflateParameters};
use hub_core::websocket::{Message, MessageKind, OpCode, ProtocolError, Role};

use super::{ROOM, Receiver, frame, no_takeover, options};

fn receive(agreed: &DeflateParameters, wire: &[u8]) -> Result<Vec<Message>, ProtocolError> {
    let mut receiver = Receiver::new(Role::Client, agreed, ROOM);
    receiver.receive(wire, 1..wire.len())
}

#[test]
fn messages_of_the_specification() {
    for wire in [
        // One block.
        &[0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00][..],
        // The same in two fragments.
        &[
            0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00,
        ],
        // A block without compression.
        &[
            0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00,
        ],
        // A last block, and an empty one behind it.
        &[0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00],
        // Two blocks, with an empty one between them.
        &[
            0xC1, 0x0D, 0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07,
            0x00,
        ],
    ] {
        for agreed in [no_takeover(), DeflateParameters::default()] {
            assert_eq!(
                receive(&agreed, wire),
                Ok(vec!["Hello".into()]),
                "{wire:X?}"
            );
            // Nothing of a message may be left that the next one stumbles over.
            let thrice = wire.repeat(3);
            assert_eq!(receive(&agreed, &thrice).map(|all| all.len()), Ok(3));
        }
    }
}

#[test]
fn a_context_that_is_taken_over() {
    let first = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    let second = [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00];
    let wire = [&first[..], &second].concat();
    let hello = Message::from("Hello");
    let both = receive(&DeflateParameters::default(), &wire);
    assert_eq!(both, Ok(vec![hello.clone(), hello]));
    let error = Err(ProtocolError::InvalidDeflate);
    assert_eq!(receive(&no_takeover(), &wire), error);
}

#[test]
fn a_repeated_message_becomes_shorter_when_the_context_is_taken_over() {
    let agreed = DeflateParameters::default();
    let mut deflater = agreed.deflater(Role::Server, &options(&agreed));
    let (mut contexts, mut wire) = (Contexts::default(), Vec::new());
    for _ in 0..2 {
        deflater.encode_message(&mut contexts, MessageKind::Text, b"Hello", None, &mut wire);
    }
    let first = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    assert_eq!(wire[..first.len()], first);
    assert!(wire.len() < 2 * first.len());
    let hello = Message::from("Hello");
    assert_eq!(receive(&agreed, &wire), Ok(vec![hello.clone(), hello]));
}

#[test]
fn empty_messages() {
    for agreed in [no_takeover(), DeflateParameters::default()] {
        for payload in [&[0x00][..], &[], &[0x02, 0x00], &[0x03, 0x00]] {
            let wire = frame(OpCode::Text, true, true, None, payload);
            let thrice = receive(&agreed, &wire.repeat(3));
            assert_eq!(thrice, Ok(vec!["".into(); 3]), "{payload:X?}");
        }
    }
}

#[test]
fn a_stream_may_end_without_the_empty_block() {
    let payload = [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    let whole = frame(OpCode::Text, true, true, None, &payload);
    let mut parts = frame(OpCode::Text, false, true, None, &payload);
    parts.extend(frame(OpCode::Continuation, true, false, None, &[]));
    for wire in [whole, parts] {
        for agreed in [no_takeover(), DeflateParameters::default()] {
            let twice = receive(&agreed, &wire.repeat(2));
            assert_eq!(twice, Ok(vec!["Hello".into(); 2]));
        }
    }
}

#[test]
fn data_that_is_no_deflate() {
    for payload in [
        &[0x07][..],                                       // a block type that there is not
        &[0xFF; 40],                                       // the same at length
        &[0x00, 0x01, 0x00, 0x00, 0x00], // a length that is not what its check says
        &[0xF2, 0x48, 0xCD],             // cut inside a block
        &[0x00, 0x06, 0x00, 0xF9, 0xFF, 0x48], // cut inside an uncompressed block
        &[0xF2, 0x00, 0x11, 0x00, 0x00], // refers to what is not there
        &[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xFF], // goes on after the end
    ] {
        let wire = frame(OpCode::Binary, true, true, None, payload);
        let error = receive(&no_takeover(), &wire).unwrap_err();
        assert_eq!(error, ProtocolError::InvalidDeflate, "{payload:X?}");
        assert_eq!(error.close_code().as_u16(), 1007);
    }
}

#[test]
fn compressed_text_is_utf8() {
    // "\xFF", and "\xC3" whose other half does not come, uncompressed.
    for byte in [0xFF, 0xC3] {
        let payload = [0x00, 0x01, 0x00, 0xFE, 0xFF, byte, 0x00];
        let text = frame(OpCode::Text, true, true, None, &payload);
        assert_eq!(
            receive(&no_takeover(), &text),
            Err(ProtocolError::InvalidUtf8)
        );
        let binary = frame(OpCode::Binary, true, true, None, &payload);
        assert_eq!(
            receive(&no_takeover(), &binary),
            Ok(vec![vec![byte].into()])
        );
    }
}

#[test]
fn the_bit_stands_on_the_first_frame_of_a_message_only() {
    let ping = frame(OpCode::Ping, true, true, None, &[]);
    let mut continued = frame(OpCode::Text, false, true, None, &[0xF2, 0x48, 0xCD]);
    let rest = [0xC9, 0xC9, 0x07, 0x00];
    continued.extend(frame(OpCode::Continuation, true, true, None, &rest));
    for wire in [ping, continued] {
        let error = receive(&no_takeover(), &wire).unwrap_err();
        assert_eq!(error, ProtocolError::ReservedBit);
        assert_eq!(error.close_code().as_u16(), 1002);
    }
}
