//! Every kind of message, read and written in both protocols.

use hub_core::protocol::{Call, HubProtocol};
use hub_core::{Encoding, Next};
use protocol_spec::Message;
use serde_json::Value;

use crate::describe::{describe, message};
use crate::{PROTOCOLS, framed, record_of};

#[test]
fn records_are_read_as_the_messages_they_stand_for() {
    for case in protocol_spec::messages() {
        for protocol in PROTOCOLS {
            let read = protocol.decode(record_of(&case, protocol));
            let read = read.map(|read| read.as_ref().map(describe));
            assert_eq!(read, Ok(Some(case.message.clone())), "{}", case.name);
        }
    }
}

#[test]
fn messages_are_written_as_these_records() {
    for case in protocol_spec::messages() {
        for protocol in PROTOCOLS {
            let mut written = b"before".to_vec();
            protocol
                .encode(&message(&case.message, protocol.encoding()), &mut written)
                .unwrap();
            let expected = framed(record_of(&case, protocol), protocol);
            assert_written(&written, &[b"before", &*expected].concat(), &case.name);
        }
    }
}

#[test]
fn framed_records_are_found_behind_each_other() {
    for protocol in PROTOCOLS {
        let cases = protocol_spec::messages();
        let frames = cases
            .iter()
            .map(|case| framed(record_of(case, protocol), protocol));
        let stream: Vec<u8> = frames.flatten().collect();
        let mut rest = &*stream;
        for case in &cases {
            let Ok(Next::Record { record, consumed }) = protocol.next_record(rest, 32_768) else {
                panic!("{} is there", case.name);
            };
            assert_eq!(record, record_of(case, protocol), "{}", case.name);
            rest = &rest[consumed..];
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn values_are_written_straight_into_the_same_records() {
    let mut compared = 0;
    for case in protocol_spec::messages() {
        for protocol in PROTOCOLS {
            if let Some(written) = written_directly(&case.message, protocol) {
                let expected = framed(record_of(&case, protocol), protocol);
                assert_written(&written, &expected, &case.name);
                compared += 1;
            }
        }
    }
    assert!(
        compared > 20,
        "only {compared} cases have values and no headers"
    );
}

#[test]
fn a_ping_that_is_kept_ready_is_the_one_that_is_written() {
    for protocol in PROTOCOLS {
        let mut written = Vec::new();
        protocol
            .encode(&hub_core::HubMessage::Ping, &mut written)
            .unwrap();
        assert_eq!(protocol.ping(), written);
    }
}

/// The shortcuts that write a message from its values know no headers.
fn written_directly(message: &Message, protocol: &dyn HubProtocol) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let written = match message {
        Message::StreamItem {
            headers,
            invocation_id,
            item,
        } if headers.is_empty() => protocol.encode_stream_item(invocation_id, item, &mut out),
        Message::Completion {
            headers,
            invocation_id,
            result: Some(result),
            error: None,
        } if headers.is_empty() => protocol.encode_result(invocation_id, result, &mut out),
        other => {
            let (call, arguments) = call_of(other)?;
            let stream_ids: Vec<&str> = call.stream_ids.iter().map(String::as_str).collect();
            let mut new = Call::to(call.target).with_stream_ids(&stream_ids);
            new.streaming = call.streaming;
            new.invocation_id = call.invocation_id;
            protocol.encode_invocation(&new, &arguments, &mut out)
        }
    };
    written.expect("every value has a form");
    Some(out)
}

struct CallOf<'m> {
    streaming: bool,
    invocation_id: Option<&'m str>,
    target: &'m str,
    stream_ids: &'m [String],
}

fn call_of(message: &Message) -> Option<(CallOf<'_>, &[Value])> {
    let (headers, call, arguments) = match message {
        Message::Invocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        } => {
            let invocation_id = invocation_id.as_deref();
            let call = CallOf {
                streaming: false,
                invocation_id,
                target,
                stream_ids,
            };
            (headers, call, arguments)
        }
        Message::StreamInvocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        } => {
            let call = CallOf {
                streaming: true,
                invocation_id: Some(invocation_id),
                target,
                stream_ids,
            };
            (headers, call, arguments)
        }
        _ => return None,
    };
    headers.is_empty().then_some((call, arguments))
}

#[track_caller]
fn assert_written(written: &[u8], expected: &[u8], name: &str) {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        (shown(written), written),
        (shown(expected), expected),
        "{name}"
    );
}

#[test]
fn a_failure_leaves_nothing_behind() {
    for protocol in PROTOCOLS {
        let other = match protocol.encoding() {
            Encoding::Json => Encoding::MessagePack,
            Encoding::MessagePack => Encoding::Json,
        };
        for case in protocol_spec::messages() {
            let mut out = b"before".to_vec();
            let written = protocol.encode(&message(&case.message, other), &mut out);
            let has_value = written.is_err();
            assert_eq!(out == b"before", has_value, "{}", case.name);
        }
    }
}
