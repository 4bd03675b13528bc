//! What a socket.io v4 server says.

use super::Event;
use crate::json;

pub(super) fn read_socket_io(
    msg: &[u8],
    reply: &mut Vec<u8>,
    mut f: impl FnMut(Event<'_>),
) -> Result<(), String> {
    match msg {
        [b'0', ..] => {
            reply.extend_from_slice(b"40");
            f(Event::Ping);
        }
        [b'2', ..] => {
            reply.extend_from_slice(b"3");
            f(Event::Ping);
        }
        [b'1', ..] | [b'4', b'1', ..] => f(Event::Close(b"")),
        [b'4', b'0', ..] => f(Event::Ready),
        [b'4', b'2', rest @ ..] => {
            let args = rest
                .iter()
                .position(|b| *b == b'[')
                .ok_or("event without arguments")?;
            if json::element(&rest[args..], 0) == Some(b"\"message\"") {
                let first = json::element(&rest[args..], 1).ok_or("event without an argument")?;
                f(Event::Push(
                    &json::string(first).ok_or("argument is not a string")?,
                ));
            }
        }
        [b'4', b'3', rest @ ..] => {
            let args = rest
                .iter()
                .position(|b| *b == b'[')
                .ok_or("acknowledgement without arguments")?;
            let id = json::uint(&rest[..args]).ok_or("acknowledgement without an id")?;
            match json::element(&rest[args..], 0) {
                Some(raw) => match json::string(raw) {
                    Some(text) => f(Event::Completion { id, text: &text }),
                    None => f(Event::Completion { id, text: raw }),
                },
                None => f(Event::Completion { id, text: b"" }),
            }
        }
        _ => {
            return Err(format!(
                "unexpected packet: {}",
                String::from_utf8_lossy(&msg[..msg.len().min(60)])
            ));
        }
    }
    Ok(())
}
