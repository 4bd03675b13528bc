//! What a SignalR server says, in JSON and in MessagePack.

use super::Event;
use crate::{json, msgpack};

pub(super) fn read_hub_json(one: &[u8], f: &mut impl FnMut(Event<'_>)) -> Result<(), String> {
    let (mut kind, mut id, mut result, mut error, mut target, mut args) =
        (0, None, None, None, None, None);
    let mut item = None;
    json::members(one, |k, v| match k {
        b"type" => kind = json::uint(v).unwrap_or(0),
        b"invocationId" => id = json::uint(v),
        b"result" => result = Some(v),
        b"item" => item = Some(v),
        b"error" if v != b"null" => error = Some(v),
        b"target" => target = Some(v),
        b"arguments" => args = Some(v),
        _ => {}
    })
    .ok_or_else(|| {
        format!(
            "malformed JSON message: {}",
            String::from_utf8_lossy(&one[..one.len().min(80)])
        )
    })?;
    match kind {
        1 => {
            if target == Some(b"\"Message\"") {
                let first = args
                    .and_then(|a| json::element(a, 0))
                    .ok_or("invocation without an argument")?;
                f(Event::Push(
                    &json::string(first).ok_or("argument is not a string")?,
                ));
            }
        }
        2 => {
            let id = id.ok_or("item without an id")?;
            let value = item.and_then(json::uint).ok_or("item is not a number")?;
            f(Event::Item {
                id,
                value: value as i64,
            });
        }
        3 => {
            let id = id.ok_or("completion without an id")?;
            match (error, result) {
                (Some(error), _) => f(Event::CallError { id, error }),
                (None, Some(r)) => match json::string(r) {
                    Some(text) => f(Event::Completion { id, text: &text }),
                    None => f(Event::Completion { id, text: r }),
                },
                (None, None) => f(Event::Completion { id, text: b"" }),
            }
        }
        6 => {}
        7 => f(Event::Close(error.unwrap_or(b""))),
        other => return Err(format!("unexpected message type {other}")),
    }
    Ok(())
}

pub(super) fn read_hub_msgpack(
    one: &[u8],
    f: &mut impl FnMut(Event<'_>),
) -> Option<Result<(), String>> {
    let mut r = msgpack::Reader::new(one);
    let n = r.array()?;
    match r.int()? {
        1 => {
            r.skip()?;
            r.skip()?;
            let target = r.str()?;
            if target == b"Message" && r.array()? >= 1 {
                f(Event::Push(r.str()?));
            }
        }
        2 => {
            r.skip()?;
            let id = json::uint(r.str()?)?;
            f(Event::Item {
                id,
                value: r.int()?,
            });
        }
        3 => {
            r.skip()?;
            let id = json::uint(r.str()?)?;
            match r.int()? {
                1 => f(Event::CallError {
                    id,
                    error: r.str()?,
                }),
                2 => f(Event::Completion { id, text: b"" }),
                3 => {
                    let mut probe = msgpack::Reader::new(one);
                    probe.array()?;
                    for _ in 0..4 {
                        probe.skip()?;
                    }
                    match probe.str() {
                        Some(text) => f(Event::Completion { id, text }),
                        None => f(Event::Completion {
                            id,
                            text: r.int()?.to_string().as_bytes(),
                        }),
                    }
                }
                k => return Some(Err(format!("unknown result kind {k}"))),
            }
        }
        6 => {}
        7 => f(Event::Close(if n >= 2 { r.str()? } else { b"" })),
        other => return Some(Err(format!("unexpected message type {other}"))),
    }
    Some(Ok(()))
}
