//! From messages to records, in the layout of the reference.

use rmp::encode as rmp;

use crate::framing::binary;
use crate::protocol::Call;
use crate::{
    Completion, EncodeArguments, EncodeError, EncodeValue, Encoding, Headers, HubMessage, Outcome,
};

type Result = std::result::Result<(), EncodeError>;

/// Appends what `write` writes as one record, or nothing when it fails.
///
/// Most records are short, so one byte is left for the length and the body
/// moved up in the rare case that it takes more.
pub(super) fn whole(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result) -> Result {
    let start = out.len();
    out.push(0);
    let written = write(out);
    if written.is_err() {
        out.truncate(start);
        return written;
    }
    let body = start + 1;
    let end = out.len();
    let (prefix, len) = binary::prefix(end - body);
    if len > 1 {
        out.resize(end + len - 1, 0);
        out.copy_within(body..end, start + len);
    }
    out[start..start + len].copy_from_slice(&prefix[..len]);
    Ok(())
}

pub(super) fn call(call: &Call<'_>, arguments: &dyn EncodeArguments, out: &mut Vec<u8>) -> Result {
    begin(6, if call.streaming { 4 } else { 1 }, &Headers::new(), out);
    call_body(call.invocation_id, call.target, arguments, out)?;
    stream_ids(call.stream_ids.len(), call.stream_ids.iter().copied(), out);
    Ok(())
}

pub(super) fn item(invocation_id: &str, item: &dyn EncodeValue, out: &mut Vec<u8>) -> Result {
    begin(4, 2, &Headers::new(), out);
    string(invocation_id, out);
    item.encode_value(Encoding::MessagePack, out)
}

pub(super) fn result(invocation_id: &str, result: &dyn EncodeValue, out: &mut Vec<u8>) -> Result {
    begin(5, 3, &Headers::new(), out);
    string(invocation_id, out);
    out.push(3);
    result.encode_value(Encoding::MessagePack, out)
}

pub(super) fn message(message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result {
    match message {
        HubMessage::Invocation(call) => {
            begin(6, 1, &call.headers, out);
            call_body(
                call.invocation_id.as_deref(),
                &call.target,
                &call.arguments,
                out,
            )?;
            stream_ids(
                call.stream_ids.len(),
                call.stream_ids.iter().map(|id| &**id),
                out,
            );
        }
        HubMessage::StreamItem(item) => {
            begin(4, 2, &item.headers, out);
            string(&item.invocation_id, out);
            item.item.encode_value(Encoding::MessagePack, out)?;
        }
        HubMessage::Completion(completion) => self::completion(completion, out)?,
        HubMessage::StreamInvocation(call) => {
            begin(6, 4, &call.headers, out);
            call_body(
                Some(&call.invocation_id),
                &call.target,
                &call.arguments,
                out,
            )?;
            stream_ids(
                call.stream_ids.len(),
                call.stream_ids.iter().map(|id| &**id),
                out,
            );
        }
        HubMessage::CancelInvocation(cancel) => {
            begin(3, 5, &cancel.headers, out);
            string(&cancel.invocation_id, out);
        }
        HubMessage::Ping => out.extend_from_slice(&[0x91, 6]),
        HubMessage::Close(close) => {
            out.extend_from_slice(&[0x93, 7]);
            match close.error.as_deref().filter(|error| !error.is_empty()) {
                Some(error) => string(error, out),
                None => out.push(NIL),
            }
            rmp::write_bool(out, close.allow_reconnect).expect(VEC);
        }
        HubMessage::Ack(id) => sequence(8, *id, out),
        HubMessage::Sequence(id) => sequence(9, *id, out),
    }
    Ok(())
}

const NIL: u8 = 0xC0;
const VEC: &str = "a Vec takes every write";

fn completion(completion: &Completion<'_>, out: &mut Vec<u8>) -> Result {
    let len = if completion.outcome == Outcome::Empty {
        4
    } else {
        5
    };
    begin(len, 3, &completion.headers, out);
    string(&completion.invocation_id, out);
    match &completion.outcome {
        Outcome::Error(error) => {
            out.push(1);
            string(error, out);
        }
        Outcome::Empty => out.push(2),
        Outcome::Value(value) => {
            out.push(3);
            value.encode_value(Encoding::MessagePack, out)?;
        }
    }
    Ok(())
}

/// The array's head, the type and the headers, which are always a map.
fn begin(len: u8, kind: u8, headers: &Headers<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x90 | len, kind]);
    rmp::write_map_len(out, len_u32(headers.len())).expect(VEC);
    for (name, value) in headers.iter() {
        string(name, out);
        string(value, out);
    }
}

fn call_body(
    invocation_id: Option<&str>,
    target: &str,
    arguments: &dyn EncodeArguments,
    out: &mut Vec<u8>,
) -> Result {
    match invocation_id {
        Some(id) => string(id, out),
        None => out.push(NIL),
    }
    string(target, out);
    arguments.encode_arguments(Encoding::MessagePack, out)
}

fn stream_ids<'a>(len: usize, ids: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    rmp::write_array_len(out, len_u32(len)).expect(VEC);
    ids.for_each(|id| string(id, out));
}

fn sequence(kind: u8, id: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x92, kind]);
    rmp::write_uint(out, id).expect(VEC);
}

fn string(text: &str, out: &mut Vec<u8>) {
    rmp::write_str(out, text).expect(VEC);
}

fn len_u32(len: usize) -> u32 {
    u32::try_from(len).expect("nothing in memory is counted beyond 2^32 here")
}
