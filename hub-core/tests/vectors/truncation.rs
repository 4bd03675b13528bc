//! Every record cut off at every byte.

use hub_core::{HubMessage, Next};

use crate::{PROTOCOLS, framed, record_of};

#[test]
fn a_part_of_a_framed_record_is_incomplete() {
    for protocol in PROTOCOLS {
        for case in protocol_spec::messages() {
            let whole = framed(record_of(&case, protocol), protocol);
            for end in 0..whole.len() {
                let next = protocol.next_record(&whole[..end], whole.len());
                assert_eq!(next, Ok(Next::Incomplete), "{} at {end}", case.name);
            }
        }
    }
}

#[test]
fn a_part_of_a_record_is_never_taken_for_the_whole() {
    for protocol in PROTOCOLS {
        for case in protocol_spec::messages() {
            let record = record_of(&case, protocol);
            let whole = protocol.decode(record).unwrap();
            for end in 0..record.len() {
                let part = protocol.decode(&record[..end]);
                assert_ne!(part.as_ref(), Ok(&whole), "{} at {end}", case.name);
                if let Ok(Some(part)) = part {
                    assert_unfit(&part, &case.name);
                }
            }
        }
    }
}

/// A call may lack a part of its arguments in MessagePack: then it cannot be
/// bound, whatever the method takes.
#[track_caller]
fn assert_unfit(part: &HubMessage<'_>, name: &str) {
    let arguments = match part {
        HubMessage::Invocation(call) => &call.arguments,
        HubMessage::StreamInvocation(call) => &call.arguments,
        other => panic!("{name} was cut off and read as {other:?}"),
    };
    let values = arguments.as_encoded().decode::<Vec<serde_json::Value>>();
    assert!(values.is_err(), "{name} was cut off and read as {values:?}");
}

#[test]
fn parts_of_other_records_do_no_harm() {
    let readers = [
        (PROTOCOLS[0], protocol_spec::json()),
        (PROTOCOLS[1], protocol_spec::messagepack()),
    ];
    for (protocol, cases) in readers {
        let records = cases
            .read
            .iter()
            .map(|case| &case.record)
            .chain(cases.unfit.iter().map(|case| &case.record))
            .chain(cases.rejected.iter().map(|case| &case.record));
        for record in records {
            for end in 0..record.len() {
                // Either outcome is fine: it has to come without a panic.
                let _ = protocol.decode(&record[..end]);
            }
        }
    }
}
