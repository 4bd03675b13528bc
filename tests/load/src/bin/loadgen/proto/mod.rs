//! What goes over the WebSocket: nothing (raw), the SignalR hub protocol in its JSON and MessagePack
//! encodings, or socket.io v4 on engine.io v4.

mod signalr;
mod socket_io;
#[cfg(test)]
mod tests;

use signalr::{read_hub_json, read_hub_msgpack};
use socket_io::read_socket_io;

use crate::{json, msgpack, ws};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Proto {
    Raw,
    SignalrJson,
    SignalrMsgpack,
    SocketIo,
}

/// The operations that a server under test offers, in each protocol's own spelling.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    Echo,
    Add,
    Broadcast,
    JoinGroup,
    SendToGroup,
    Stream,
}

impl Method {
    fn hub_name(self) -> &'static str {
        match self {
            Method::Echo => "Echo",
            Method::Add => "Add",
            Method::Broadcast => "Broadcast",
            Method::JoinGroup => "JoinGroup",
            Method::SendToGroup => "SendToGroup",
            Method::Stream => "Stream",
        }
    }

    fn socket_io_name(self) -> &'static str {
        match self {
            Method::Echo => "echo",
            Method::Add => "add",
            Method::Broadcast => "broadcast",
            Method::JoinGroup => "join",
            Method::SendToGroup => "group",
            Method::Stream => "stream",
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    /// Printable ASCII without quotes or backslashes: its JSON form is itself.
    Str(&'a [u8]),
    Int(i64),
}

/// What a server said, as far as a workload cares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    /// The protocol's own handshake is over: calls may be made.
    Ready,
    /// A whole message in the raw protocol.
    Message(&'a [u8]),
    /// The end of a call; `text` is the result as text (digits for a number).
    Completion {
        id: u64,
        text: &'a [u8],
    },
    CallError {
        id: u64,
        error: &'a [u8],
    },
    /// One item of a streamed result.
    Item {
        id: u64,
        value: i64,
    },
    /// A message to the client's `Message` handler.
    Push(&'a [u8]),
    /// The server asked for a protocol-level answer, which has been put into `reply`.
    Ping,
    /// The server ends the connection, with its reason.
    Close(&'a [u8]),
}

const RS: u8 = 0x1e;

pub(crate) fn put_uint(out: &mut Vec<u8>, mut v: u64) {
    let mut buf = [0u8; 20];
    let mut i = buf.len();
    loop {
        i -= 1;
        buf[i] = b'0' + (v % 10) as u8;
        v /= 10;
        if v == 0 {
            break;
        }
    }
    out.extend_from_slice(&buf[i..]);
}

fn put_json_args(out: &mut Vec<u8>, args: &[Arg<'_>]) {
    for (i, a) in args.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        match a {
            Arg::Str(s) => {
                out.push(b'"');
                out.extend_from_slice(s);
                out.push(b'"');
            }
            Arg::Int(v) => out.extend_from_slice(v.to_string().as_bytes()),
        }
    }
}

impl Proto {
    pub(crate) fn parse(name: &str) -> Option<Proto> {
        Some(match name {
            "raw" => Proto::Raw,
            "json" | "signalr-json" => Proto::SignalrJson,
            "msgpack" | "signalr-msgpack" => Proto::SignalrMsgpack,
            "socketio" => Proto::SocketIo,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Proto::Raw => "raw",
            Proto::SignalrJson => "signalr-json",
            Proto::SignalrMsgpack => "signalr-msgpack",
            Proto::SocketIo => "socketio",
        }
    }

    pub(crate) fn is_signalr(self) -> bool {
        matches!(self, Proto::SignalrJson | Proto::SignalrMsgpack)
    }

    pub(crate) fn opcode(self) -> u8 {
        if self == Proto::SignalrMsgpack {
            ws::BINARY
        } else {
            ws::TEXT
        }
    }

    /// What the client says first once the WebSocket is open, with its opcode.
    pub(crate) fn hello(self) -> Option<(u8, &'static [u8])> {
        match self {
            Proto::SignalrJson => Some((ws::TEXT, b"{\"protocol\":\"json\",\"version\":1}\x1e")),
            Proto::SignalrMsgpack => Some((
                ws::BINARY,
                b"{\"protocol\":\"messagepack\",\"version\":1}\x1e",
            )),
            Proto::Raw | Proto::SocketIo => None,
        }
    }

    /// A client-side keep-alive, where the protocol has one.
    pub(crate) fn keepalive(self) -> Option<&'static [u8]> {
        match self {
            Proto::SignalrJson => Some(b"{\"type\":6}\x1e"),
            Proto::SignalrMsgpack => Some(&[0x02, 0x91, 0x06]),
            Proto::Raw | Proto::SocketIo => None,
        }
    }

    /// Writes one call. Without an id no answer is asked for.
    pub(crate) fn call(self, out: &mut Vec<u8>, id: Option<u64>, method: Method, args: &[Arg<'_>]) {
        match self {
            Proto::Raw => {
                if let Some(Arg::Str(s)) = args.last() {
                    out.extend_from_slice(s);
                }
            }
            Proto::SignalrJson => {
                let kind: &[u8] = if method == Method::Stream {
                    b"{\"type\":4"
                } else {
                    b"{\"type\":1"
                };
                out.extend_from_slice(kind);
                if let Some(id) = id {
                    out.extend_from_slice(b",\"invocationId\":\"");
                    put_uint(out, id);
                    out.push(b'"');
                }
                out.extend_from_slice(b",\"target\":\"");
                out.extend_from_slice(method.hub_name().as_bytes());
                out.extend_from_slice(b"\",\"arguments\":[");
                put_json_args(out, args);
                out.extend_from_slice(b"]}\x1e");
            }
            Proto::SignalrMsgpack => {
                let start = out.len();
                msgpack::put_array(out, 6);
                msgpack::put_int(out, if method == Method::Stream { 4 } else { 1 });
                out.push(0x80);
                match id {
                    Some(id) => {
                        let mut text = Vec::with_capacity(20);
                        put_uint(&mut text, id);
                        msgpack::put_str(out, &text);
                    }
                    None => out.push(0xc0),
                }
                msgpack::put_str(out, method.hub_name().as_bytes());
                msgpack::put_array(out, args.len());
                for a in args {
                    match a {
                        Arg::Str(s) => msgpack::put_str(out, s),
                        Arg::Int(v) => msgpack::put_int(out, *v),
                    }
                }
                msgpack::put_array(out, 0);
                msgpack::prefix_len(out, start);
            }
            Proto::SocketIo => {
                out.extend_from_slice(b"42");
                if let Some(id) = id {
                    put_uint(out, id);
                }
                out.extend_from_slice(b"[\"");
                out.extend_from_slice(method.socket_io_name().as_bytes());
                out.extend_from_slice(b"\",");
                put_json_args(out, args);
                out.push(b']');
            }
        }
    }

    /// Reads one WebSocket message. `open` says whether the protocol's handshake is over; whatever
    /// must be answered at once is appended to `reply` as a message of its own.
    pub(crate) fn read(
        self,
        open: bool,
        msg: &[u8],
        reply: &mut Vec<u8>,
        mut f: impl FnMut(Event<'_>),
    ) -> Result<(), String> {
        match self {
            Proto::Raw => f(Event::Message(msg)),
            Proto::SignalrJson | Proto::SignalrMsgpack if !open => {
                let Some(end) = msg.iter().position(|b| *b == RS) else {
                    return Err("handshake answer without a record separator".into());
                };
                let mut error = None;
                json::members(&msg[..end], |k, v| {
                    if k == b"error" {
                        error = Some(String::from_utf8_lossy(v).into_owned());
                    }
                })
                .ok_or("handshake answer is not an object")?;
                if let Some(e) = error {
                    return Err(format!("handshake refused: {e}"));
                }
                f(Event::Ready);
                if end + 1 < msg.len() {
                    return self.read(true, &msg[end + 1..], reply, f);
                }
            }
            Proto::SignalrJson => {
                let mut rest = msg;
                while !rest.is_empty() {
                    let end = rest
                        .iter()
                        .position(|b| *b == RS)
                        .ok_or("message without a record separator")?;
                    read_hub_json(&rest[..end], &mut f)?;
                    rest = &rest[end + 1..];
                }
            }
            Proto::SignalrMsgpack => {
                let mut rest = msg;
                while !rest.is_empty() {
                    let one = msgpack::next_message(&mut rest).ok_or("cut MessagePack message")?;
                    read_hub_msgpack(one, &mut f).ok_or("malformed MessagePack message")??;
                }
            }
            Proto::SocketIo => read_socket_io(msg, reply, f)?,
        }
        Ok(())
    }
}
