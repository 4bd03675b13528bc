//! The rules of RFC 6455 as named cases, each with every truncation and every
//! way in which the bytes can arrive.

use hub_core::websocket::{
    Assembler, CloseCode, CloseFrame, Decoder, Event, Message, MessageKind, ProtocolError, Role,
};

use crate::arrival::{Outcome, Seen, at_once, check_arrivals, decode, masked, text, unmasked};

#[test]
fn the_examples_of_section_5_7() {
    let cases: [(Role, &[u8], Vec<Seen>); 6] = [
        (Role::Client, b"\x81\x05Hello", vec![text("Hello")]),
        (
            Role::Server,
            b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
            vec![text("Hello")],
        ),
        (Role::Client, b"\x01\x03Hel\x80\x02lo", vec![text("Hello")]),
        (
            Role::Client,
            b"\x89\x05Hello",
            vec![Seen::Ping(b"Hello".to_vec())],
        ),
        (
            Role::Server,
            b"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
            vec![Seen::Pong(b"Hello".to_vec())],
        ),
        (
            Role::Client,
            &[&b"\x82\x7e\x01\x00"[..], &[7; 256]].concat(),
            vec![Seen::Data(MessageKind::Binary, vec![7; 256], true)],
        ),
    ];
    for (role, wire, seen) in cases {
        assert_eq!(check_arrivals(role, wire), Outcome { seen, error: None });
    }
}

#[test]
fn messages_in_fragments_with_control_frames_between() {
    let wire = [
        masked(0x01, "ä水".as_bytes().split_at(1).0),
        masked(0x89, b"now?"),
        masked(0x00, b""),
        masked(0x00, "ä水".as_bytes().split_at(1).1),
        masked(0x8A, b""),
        masked(0x80, b""),
        masked(0x82, &[9; 70_000]),
        masked(0x88, b"\x03\xE8bye"),
        b"whatever follows a close frame".to_vec(),
    ]
    .concat();
    let outcome = at_once(Role::Server, &wire);
    let seen = vec![
        Seen::Data(MessageKind::Text, vec![0xC3], false),
        Seen::Ping(b"now?".to_vec()),
        Seen::Data(
            MessageKind::Text,
            "\u{e4}水".as_bytes()[1..].to_vec(),
            false,
        ),
        Seen::Pong(vec![]),
        Seen::Data(MessageKind::Text, vec![], true),
        Seen::Data(MessageKind::Binary, vec![9; 70_000], true),
        Seen::Close(Some(CloseFrame::new(CloseCode::NORMAL, "bye"))),
    ];
    assert_eq!(outcome, Outcome { seen, error: None });
    assert_eq!(
        decode(Decoder::new(Role::Server), &wire, (0..wire.len()).collect()),
        outcome
    );
}

#[test]
fn what_is_refused() {
    use ProtocolError as E;
    let good = |first| masked(first, b"x");
    let long = |marker: u8, len: &[u8]| [&[0x82, 0x80 | marker], len, &[0; 4]].concat();
    let cases: Vec<(&str, Vec<u8>, E)> = vec![
        ("RSV1", good(0xC1), E::ReservedBit),
        ("RSV2", good(0xA1), E::ReservedBit),
        ("RSV3", good(0x91), E::ReservedBit),
        ("RSV1 on a ping", good(0xC9), E::ReservedBit),
        ("opcode 3", good(0x83), E::UnknownOpCode(3)),
        ("opcode 7", good(0x87), E::UnknownOpCode(7)),
        ("opcode 11", good(0x8B), E::UnknownOpCode(11)),
        ("opcode 15", good(0x8F), E::UnknownOpCode(15)),
        ("no mask", unmasked(0x81, b"x"), E::UnmaskedFrame),
        ("fragmented ping", good(0x09), E::FragmentedControlFrame),
        (
            "fragmented close",
            masked(0x08, b""),
            E::FragmentedControlFrame,
        ),
        ("long ping", masked(0x89, &[0; 126]), E::ControlFrameTooLong),
        (
            "long close",
            masked(0x88, &[0; 70_000]),
            E::ControlFrameTooLong,
        ),
        (
            "continuation of nothing",
            good(0x80),
            E::UnexpectedContinuation,
        ),
        (
            "continuation after the end",
            [good(0x81), good(0x00)].concat(),
            E::UnexpectedContinuation,
        ),
        (
            "a message inside another",
            [good(0x01), good(0x81)].concat(),
            E::InterleavedMessage,
        ),
        (
            "a binary message inside a text",
            [good(0x01), masked(0x89, b""), good(0x82)].concat(),
            E::InterleavedMessage,
        ),
        (
            "a length of 2^63",
            long(127, &[0x80, 0, 0, 0, 0, 0, 0, 0]),
            E::LengthOverflow,
        ),
        (
            "half a close code",
            masked(0x88, b"\x03"),
            E::TruncatedCloseCode,
        ),
        (
            "a close code for no wire",
            masked(0x88, b"\x03\xEE"),
            E::InvalidCloseCode(1006),
        ),
        (
            "a close reason that is no text",
            masked(0x88, b"\x03\xE8\xC3"),
            E::InvalidCloseReason,
        ),
        (
            "text that is no text",
            masked(0x81, b"\xC0\xAF"),
            E::InvalidUtf8,
        ),
        (
            "a surrogate",
            masked(0x81, b"a\xED\xA0\x80"),
            E::InvalidUtf8,
        ),
        ("a cut character", masked(0x81, b"\xC3"), E::InvalidUtf8),
        (
            "a character cut by the last fragment",
            [masked(0x01, b"\xC3"), masked(0x80, b"")].concat(),
            E::InvalidUtf8,
        ),
    ];
    for (name, wire, error) in cases {
        assert_eq!(
            check_arrivals(Role::Server, &wire).error,
            Some(error),
            "{name}"
        );
        let code = error.close_code();
        let text = error == E::InvalidUtf8;
        assert_eq!(code.as_u16(), if text { 1007 } else { 1002 }, "{name}");
    }
    assert_eq!(
        check_arrivals(Role::Client, &masked(0x81, b"x")).error,
        Some(E::MaskedFrame)
    );
}

#[test]
fn long_lengths_of_short_payloads_are_tolerated() {
    for wire in [
        &b"\x81\x7e\x00\x02hi"[..],
        b"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x02hi",
    ] {
        assert_eq!(check_arrivals(Role::Client, wire).seen, [text("hi")]);
    }
}

#[test]
fn errors_show_as_early_as_the_bytes_allow() {
    // Opcode and length are wrong already, though nothing else has arrived.
    for (wire, error) in [
        (&[0x83, 0x80][..], ProtocolError::UnknownOpCode(3)),
        (&[0x89, 0xFE], ProtocolError::ControlFrameTooLong),
        (&[0x81, 0x00], ProtocolError::UnmaskedFrame),
        // A text frame of four gigabytes, of which two wrong bytes have come.
        (
            &[0x81, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xF4, 0x90],
            ProtocolError::InvalidUtf8,
        ),
    ] {
        assert_eq!(at_once(Role::Server, wire).error, Some(error));
    }
}

#[test]
fn every_truncation_waits_for_more() {
    let wire = [
        masked(0x01, "h\u{e9}".as_bytes()),
        masked(0x89, b"ping"),
        masked(0x80, &[b'x'; 300]),
        masked(0x88, b"\x03\xE8bye"),
    ]
    .concat();
    let whole = at_once(Role::Server, &wire);
    for len in 0..wire.len() {
        let part = at_once(Role::Server, &wire[..len]);
        assert_eq!(part.error, None);
        assert!(!part.seen.contains(whole.seen.last().unwrap()));
    }
}

#[test]
fn frames_beyond_the_limit_are_refused_by_their_header() {
    let decoder = || Decoder::new(Role::Server).with_max_frame_len(200);
    let fits = decode(decoder(), &masked(0x82, &[1; 200]), vec![]);
    assert_eq!(fits.error, None);
    let header = &masked(0x82, &[1; 201])[..8];
    let error = decode(decoder(), header, vec![]).error;
    assert_eq!(error, Some(ProtocolError::FrameTooLong));
    assert_eq!(error.unwrap().close_code(), CloseCode::MESSAGE_TOO_BIG);
}

#[test]
fn compressed_messages_are_marked_and_not_checked() {
    let mut wire = [
        masked(0x41, b"\xFF"),
        masked(0x00, b"\xFE"),
        masked(0x80, b""),
        masked(0x81, b"plain"),
    ]
    .concat();
    let mut decoder = Decoder::new(Role::Server).accept_compressed();
    let mut input = &mut wire[..];
    let mut compressed = Vec::new();
    while let Some(Event::Data(fragment)) = decoder.decode(&mut input).unwrap() {
        compressed.push(fragment.compressed);
    }
    assert_eq!(compressed, [true, true, true, false]);
    for wrong in [
        masked(0xC9, b""),
        [masked(0x41, b""), masked(0x40, b"")].concat(),
    ] {
        let decoder = Decoder::new(Role::Server).accept_compressed();
        let error = decode(decoder, &wrong, vec![]).error;
        assert_eq!(error, Some(ProtocolError::ReservedBit));
    }
}

#[test]
fn the_decoder_is_small() {
    assert!(size_of::<Decoder>() <= 40, "{}", size_of::<Decoder>());
}

#[test]
fn messages_beyond_the_limit_are_refused() {
    let assemble = |frames: &[Vec<u8>]| {
        let mut wire = frames.concat();
        let mut input = &mut wire[..];
        let mut decoder = Decoder::new(Role::Server);
        let mut assembler = Assembler::new(5);
        let mut messages = Vec::new();
        while let Some(event) = decoder.decode(&mut input).unwrap() {
            messages.extend(assembler.push(event)?);
        }
        Ok(messages)
    };
    let fits = [
        masked(0x01, b"He"),
        masked(0x89, b"longer than five"),
        masked(0x80, b"llo"),
        masked(0x82, b"12345"),
    ];
    let messages = vec![
        Message::Ping(b"longer than five"[..].into()),
        Message::from("Hello"),
        Message::from(b"12345".to_vec()),
    ];
    assert_eq!(assemble(&fits), Ok(messages));
    for too_long in [
        vec![masked(0x82, b"123456")],
        vec![masked(0x02, b"12345"), masked(0x80, b"6")],
    ] {
        assert_eq!(assemble(&too_long), Err(ProtocolError::MessageTooLong));
    }
}
