//! Any bytes are read or refused, and never more than that.

use hub_core::handshake::{HandshakeRequest, HandshakeResponse};
use hub_core::negotiate::NegotiateResponse;
use hub_core::protocol::{HubProtocol, JsonProtocol};
use hub_core::{HubMessage, Next};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::PROTOCOLS;

/// Everything that may be asked of a message.
fn use_up(message: &HubMessage<'_>) {
    match message {
        HubMessage::Invocation(call) => {
            let _ = call.arguments.bind::<(String, i64)>();
            let _ = call.arguments.as_encoded().decode::<serde_json::Value>();
        }
        HubMessage::StreamItem(item) => {
            let _ = item.item.decode::<serde_json::Value>();
        }
        _ => {}
    }
}

fn decode_all(protocol: &dyn HubProtocol, mut input: &[u8]) {
    while let Ok(Next::Record { record, consumed }) = protocol.next_record(input, 32_768) {
        if let Ok(Some(message)) = protocol.decode(record) {
            use_up(&message);
        }
        input = &input[consumed..];
    }
}

/// A record of the vectors with some bytes changed.
fn damaged(records: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), any::<u8>()), 1..4);
    (select(records), damage).prop_map(|(mut record, damage)| {
        for (at, byte) in damage {
            if !record.is_empty() {
                let at = at.index(record.len());
                record[at] = byte;
            }
        }
        record
    })
}

fn json_records() -> Vec<Vec<u8>> {
    let read = protocol_spec::json().read;
    let read = read.iter().map(|case| case.record.to_vec());
    let written = protocol_spec::messages();
    let written = written.iter().map(|case| case.json.clone().into_bytes());
    read.chain(written).collect()
}

fn messagepack_records() -> Vec<Vec<u8>> {
    let read = protocol_spec::messagepack().read;
    let read = read.iter().map(|case| case.record.to_vec());
    let written = protocol_spec::messages();
    let written = written.iter().map(|case| case.messagepack.to_vec());
    read.chain(written).collect()
}

fn json_like() -> impl Strategy<Value = String> {
    let token = select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"type\"",
        "\"target\"",
        "\"arguments\"",
        "\"item\"",
        "\"headers\"",
        "\"invocationId\"",
        "1",
        "2",
        "-0.5e7",
        "\"a\"",
        "null",
        "true",
        " ",
        "\\",
        "\\u12",
        "\u{1e}",
        "ä",
    ]);
    vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        for protocol in PROTOCOLS {
            decode_all(protocol, &bytes);
            let _ = protocol.decode(&bytes);
        }
        let _ = HandshakeRequest::parse(&bytes);
        let _ = HandshakeResponse::parse(&bytes);
        let _ = NegotiateResponse::parse(&bytes);
    }

    #[test]
    fn anything_like_json_is_read_or_refused(text in json_like()) {
        decode_all(&JsonProtocol, text.as_bytes());
        let _ = JsonProtocol.decode(text.as_bytes());
        let _ = HandshakeRequest::parse(text.as_bytes());
        let _ = NegotiateResponse::parse(text.as_bytes());
    }

    #[test]
    fn damaged_messagepack_is_read_or_refused(record in damaged(messagepack_records())) {
        if let Ok(Some(message)) = PROTOCOLS[1].decode(&record) {
            use_up(&message);
        }
    }

    /// One reading may drop what has no meaning, such as an empty id; from then
    /// on nothing changes.
    #[test]
    fn what_was_read_from_json_is_written_as_the_same(record in damaged(json_records())) {
        let Ok(Some(message)) = JsonProtocol.decode(&record) else {
            return Ok(());
        };
        use_up(&message);
        let once = written(&message);
        let again = JsonProtocol.decode(&once).expect("our own record").expect("of a known type");
        prop_assert_eq!(&written(&again), &once);
    }
}

fn written(message: &HubMessage<'_>) -> Vec<u8> {
    let mut record = Vec::new();
    JsonProtocol
        .encode(message, &mut record)
        .expect("JSON values in JSON");
    record.pop();
    record
}
