//! From messages to records; properties in the order of the reference.

use crate::framing::text::RECORD_SEPARATOR;
use crate::protocol::Call;
use crate::{
    Completion, EncodeArguments, EncodeError, EncodeValue, Encoding, Headers, HubMessage, Outcome,
};

type Result = std::result::Result<(), EncodeError>;

/// Appends what `write` writes as one record, or nothing when it fails.
pub(super) fn whole(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result) -> Result {
    let start = out.len();
    let written = write(out);
    match written {
        Ok(()) => out.extend_from_slice(&[b'}', RECORD_SEPARATOR]),
        Err(_) => out.truncate(start),
    }
    written
}

pub(super) fn call(call: &Call<'_>, arguments: &dyn EncodeArguments, out: &mut Vec<u8>) -> Result {
    begin(
        if call.streaming { b'4' } else { b'1' },
        &Headers::new(),
        out,
    );
    call_body(call.invocation_id, call.target, arguments, out)?;
    if !call.stream_ids.is_empty() {
        stream_ids(call.stream_ids.iter().copied(), out);
    }
    Ok(())
}

pub(super) fn item(invocation_id: &str, item: &dyn EncodeValue, out: &mut Vec<u8>) -> Result {
    out.extend_from_slice(b"{\"type\":2,\"invocationId\":");
    write_string(invocation_id, out);
    property(b"item", out);
    item.encode_value(Encoding::Json, out)
}

pub(super) fn result(invocation_id: &str, result: &dyn EncodeValue, out: &mut Vec<u8>) -> Result {
    out.extend_from_slice(b"{\"type\":3,\"invocationId\":");
    write_string(invocation_id, out);
    property(b"result", out);
    result.encode_value(Encoding::Json, out)
}

pub(super) fn message(message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result {
    match message {
        HubMessage::Invocation(call) => {
            begin(b'1', &call.headers, out);
            call_body(
                call.invocation_id.as_deref(),
                &call.target,
                &call.arguments,
                out,
            )?;
            if !call.stream_ids.is_empty() {
                stream_ids(call.stream_ids.iter().map(|id| &**id), out);
            }
        }
        HubMessage::StreamItem(item) => {
            begin(b'2', &item.headers, out);
            id(&item.invocation_id, out);
            property(b"item", out);
            item.item.encode_value(Encoding::Json, out)?;
        }
        HubMessage::Completion(completion) => self::completion(completion, out)?,
        HubMessage::StreamInvocation(call) => {
            begin(b'4', &call.headers, out);
            call_body(
                Some(&call.invocation_id),
                &call.target,
                &call.arguments,
                out,
            )?;
            if !call.stream_ids.is_empty() {
                stream_ids(call.stream_ids.iter().map(|id| &**id), out);
            }
        }
        HubMessage::CancelInvocation(cancel) => {
            begin(b'5', &cancel.headers, out);
            id(&cancel.invocation_id, out);
        }
        HubMessage::Ping => out.extend_from_slice(b"{\"type\":6"),
        HubMessage::Close(close) => {
            out.extend_from_slice(b"{\"type\":7");
            if let Some(error) = &close.error {
                property(b"error", out);
                write_string(error, out);
            }
            if close.allow_reconnect {
                out.extend_from_slice(b",\"allowReconnect\":true");
            }
        }
        HubMessage::Ack(sequence_id) => sequence(b'8', *sequence_id, out),
        HubMessage::Sequence(sequence_id) => sequence(b'9', *sequence_id, out),
    }
    Ok(())
}

fn completion(completion: &Completion<'_>, out: &mut Vec<u8>) -> Result {
    begin(b'3', &completion.headers, out);
    id(&completion.invocation_id, out);
    match &completion.outcome {
        Outcome::Empty => {}
        // An empty error is none, as in the reference.
        Outcome::Error(error) if error.is_empty() => {}
        Outcome::Error(error) => {
            property(b"error", out);
            write_string(error, out);
        }
        Outcome::Value(value) => {
            property(b"result", out);
            value.encode_value(Encoding::Json, out)?;
        }
    }
    Ok(())
}

fn begin(kind: u8, headers: &Headers<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"type\":");
    out.push(kind);
    if headers.is_empty() {
        return;
    }
    property(b"headers", out);
    let mut separator = b'{';
    for (name, value) in headers.iter() {
        out.push(separator);
        write_string(name, out);
        out.push(b':');
        write_string(value, out);
        separator = b',';
    }
    out.push(b'}');
}

fn call_body(
    invocation_id: Option<&str>,
    target: &str,
    arguments: &dyn EncodeArguments,
    out: &mut Vec<u8>,
) -> Result {
    // An empty id is none.
    if let Some(invocation_id) = invocation_id.filter(|id| !id.is_empty()) {
        id(invocation_id, out);
    }
    property(b"target", out);
    write_string(target, out);
    property(b"arguments", out);
    arguments.encode_arguments(Encoding::Json, out)
}

fn id(invocation_id: &str, out: &mut Vec<u8>) {
    property(b"invocationId", out);
    write_string(invocation_id, out);
}

fn stream_ids<'a>(ids: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    property(b"streamIds", out);
    let mut separator = b'[';
    for id in ids {
        out.push(separator);
        write_string(id, out);
        separator = b',';
    }
    out.push(b']');
}

fn sequence(kind: u8, sequence_id: u64, out: &mut Vec<u8>) {
    begin(kind, &Headers::new(), out);
    property(b"sequenceId", out);
    out.extend_from_slice(sequence_id.to_string().as_bytes());
}

fn property(name: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name);
    out.extend_from_slice(b"\":");
}

/// Appends a JSON string.
pub(super) fn write_string(text: &str, out: &mut Vec<u8>) {
    let plain = text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("a Vec takes every write, and text has a form");
    }
}
