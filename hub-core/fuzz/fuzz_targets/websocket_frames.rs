//! Any bytes as frames: no panic, and no difference between bytes that arrive at
//! once and bytes that arrive in pieces.

#![no_main]

use hub_core::websocket::{
    Assembler, Decoder, Event, MAX_PENDING_LEN, Message, ProtocolError, Role,
};
use libfuzzer_sys::fuzz_target;

const MAX_MESSAGE_LEN: usize = 1024;

fuzz_target!(|input: (u8, bool, &[u8])| {
    let (piece_len, is_server, wire) = input;
    let role = if is_server {
        Role::Server
    } else {
        Role::Client
    };
    let whole = receive(role, wire, wire.len().max(1));
    let pieces = receive(role, wire, usize::from(piece_len).max(1));
    // Which of two faults of one message comes first depends on where it is cut.
    let is_content = |error| {
        matches!(
            error,
            Some(ProtocolError::InvalidUtf8 | ProtocolError::MessageTooLong)
        )
    };
    assert!(whole.1 == pieces.1 || (is_content(whole.1) && is_content(pieces.1)));
    // A wrong text may be noticed before or after the control frame inside it.
    if whole.1.is_none() {
        assert_eq!(whole.0, pieces.0);
    }
});

fn receive(role: Role, wire: &[u8], piece_len: usize) -> (Vec<Message>, Option<ProtocolError>) {
    let mut decoder = Decoder::new(role);
    let mut assembler = Assembler::new(MAX_MESSAGE_LEN);
    let mut messages = Vec::new();
    let mut buffer = Vec::new();
    for piece in wire.chunks(piece_len) {
        buffer.extend_from_slice(piece);
        let mut input = &mut buffer[..];
        loop {
            let taken = match decoder.decode(&mut input) {
                Ok(None) => break,
                Ok(Some(event)) => take(&mut assembler, event),
                Err(error) => Err(error),
            };
            match taken {
                Ok(message) => messages.extend(message),
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(input.len() <= MAX_PENDING_LEN);
        buffer = input.to_vec();
    }
    (messages, None)
}

fn take(assembler: &mut Assembler, event: Event<'_>) -> Result<Option<Message>, ProtocolError> {
    if let Event::Data(fragment) = &event {
        assert!(!fragment.compressed, "compression was not agreed on");
    }
    assembler.push(event)
}
