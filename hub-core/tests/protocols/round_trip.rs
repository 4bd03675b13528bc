//! What is written is read again, in whatever pieces it arrives.

use hub_core::protocol::HubProtocol;
use hub_core::{Encoding, HubMessage, Next};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::PROTOCOLS;
use crate::arbitrary::{json, message};

fn protocol_and_messages()
-> impl Strategy<Value = (&'static dyn HubProtocol, Vec<HubMessage<'static>>)> {
    proptest::sample::select(&PROTOCOLS[..])
        .prop_flat_map(|protocol| (Just(protocol), vec(message(protocol.encoding()), 1..6)))
}

fn write(protocol: &dyn HubProtocol, messages: &[HubMessage<'_>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for message in messages {
        protocol
            .encode(message, &mut stream)
            .expect("every value has a form");
    }
    stream
}

/// Reads what `pieces` hold together, as a connection does.
fn read_in_pieces(
    protocol: &dyn HubProtocol,
    pieces: &[&[u8]],
    mut each: impl FnMut(HubMessage<'_>),
) {
    let mut unread: Vec<u8> = Vec::new();
    for piece in pieces {
        let hopeless = !unread.is_empty() && !protocol.may_complete(piece);
        unread.extend_from_slice(piece);
        let mut at = 0;
        while let Next::Record { record, consumed } = protocol
            .next_record(&unread[at..], usize::MAX)
            .expect("the framing makes sense")
        {
            assert!(!hopeless, "a record was complete that could not be");
            let message = protocol.decode(record).expect("a message");
            each(message.expect("of a known type"));
            at += consumed;
        }
        unread.drain(..at);
    }
    assert!(unread.is_empty(), "nothing is left behind the last record");
}

proptest! {
    #[test]
    fn messages_survive_any_splitting(
        (protocol, messages) in protocol_and_messages(),
        cuts in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let stream = write(protocol, &messages);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
        let mut expected = messages.iter();
        read_in_pieces(protocol, &pieces, |message| assert_eq!(Some(&message), expected.next()));
        prop_assert_eq!(expected.next(), None);
    }

    #[test]
    fn a_json_record_is_json_without_a_separator_inside(message in message(Encoding::Json)) {
        let mut record = write(PROTOCOLS[0], &[message]);
        prop_assert_eq!(record.pop(), Some(0x1E));
        prop_assert!(!record.contains(&0x1E));
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&record).is_ok());
    }

    #[test]
    fn a_messagepack_record_is_messagepack(message in message(Encoding::MessagePack)) {
        let stream = write(PROTOCOLS[1], &[message]);
        let Ok(Next::Record { mut record, .. }) = PROTOCOLS[1].next_record(&stream, stream.len()) else {
            panic!("a record");
        };
        let value = rmpv::decode::read_value(&mut record);
        prop_assert!(value.is_ok_and(|value| value.is_array()) && record.is_empty());
    }

    #[test]
    fn values_are_the_same_behind_either_protocol(value in json()) {
        for encoding in [Encoding::Json, Encoding::MessagePack] {
            let encoded = hub_core::EncodedValue::from_value(encoding, &value).unwrap();
            let decoded: serde_json::Value = encoded.decode().unwrap();
            prop_assert_eq!(without_fractions(&decoded), without_fractions(&value));
        }
    }
}

/// Floats lose their last bit in JSON where the reader is the fast one.
fn without_fractions(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Number(number) if number.is_f64() => Value::from("a float"),
        Value::Array(values) => values.iter().map(without_fractions).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), without_fractions(value)))
            .collect(),
        other => other.clone(),
    }
}
