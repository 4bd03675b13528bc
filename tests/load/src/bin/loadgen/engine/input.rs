//! From bytes to events: the answers to the handshakes, frames, messages.

use super::Workload;
use super::conn::{Conn, State};
use super::shared::EngineStats;
use crate::json;
use crate::proto::{Event, Proto};
use crate::ws;

/// Why a connection's input could not be handled.
pub(super) enum Stop {
    /// The peer ended the connection.
    Eof,
    /// The closing handshake is over.
    Closed,
    Error(String),
    /// The negotiation is over: connect again, now for the WebSocket.
    Reconnect,
}

impl From<String> for Stop {
    fn from(e: String) -> Stop {
        Stop::Error(e)
    }
}
/// The parts of the engine that handling input needs beside the connection.
pub(super) struct Side<'e> {
    pub(super) reply: &'e mut Vec<u8>,
    pub(super) stats: &'e mut EngineStats,
}

/// Handles newly read bytes of one connection.
pub(super) fn input<W: Workload>(
    c: &mut Conn<W::Data>,
    proto: Proto,
    fresh: &[u8],
    side: &mut Side<'_>,
    w: &mut W,
    i: usize,
    now: u64,
) -> Result<(), Stop> {
    if c.partial.is_empty() {
        let used = consume(c, proto, fresh, side, w, i, now)?;
        c.partial.extend_from_slice(&fresh[used..]);
    } else {
        let mut whole = std::mem::take(&mut c.partial);
        whole.extend_from_slice(fresh);
        let used = consume(c, proto, &whole, side, w, i, now)?;
        whole.drain(..used);
        c.partial = whole;
    }
    if c.partial.is_empty() && c.partial.capacity() > 4096 {
        c.partial = Vec::new();
    }
    Ok(())
}

/// Returns how many of the bytes are done with.
fn consume<W: Workload>(
    c: &mut Conn<W::Data>,
    proto: Proto,
    bytes: &[u8],
    side: &mut Side<'_>,
    w: &mut W,
    i: usize,
    now: u64,
) -> Result<usize, Stop> {
    let mut rest = bytes;
    if c.state == State::Negotiating {
        let Some(token) = negotiated(rest)? else {
            return Ok(0);
        };
        c.token = token;
        return Err(Stop::Reconnect);
    }
    if c.state == State::Upgrading {
        let Some(head) = ws::parse_upgrade(rest)? else {
            return Ok(0);
        };
        rest = &rest[head..];
        match proto.hello() {
            Some((opcode, text)) => {
                c.out.frame(opcode, text);
                c.state = State::Hello;
            }
            None if proto == Proto::SocketIo => c.state = State::Hello,
            None => {
                c.state = State::Open;
                w.on_ready(i, c, now);
            }
        }
    }
    while let Some(frame) = ws::next_frame(&mut rest)? {
        match frame.opcode {
            ws::PING => c.out.frame(ws::PONG, frame.payload),
            ws::PONG => {}
            ws::CLOSE => {
                if !c.closing {
                    let code = frame
                        .payload
                        .get(..2)
                        .map_or(1005, |b| u16::from_be_bytes([b[0], b[1]]));
                    return Err(Stop::Error(format!(
                        "server closed the WebSocket with {code}"
                    )));
                }
                return Err(Stop::Closed);
            }
            0..=2 => {
                if c.closing {
                    continue;
                }
                if !frame.fin || frame.opcode == 0 {
                    c.fragments.extend_from_slice(frame.payload);
                    if frame.fin {
                        let whole = std::mem::take(&mut c.fragments);
                        message(c, proto, &whole, side, w, i, now)?;
                    }
                } else {
                    message(c, proto, frame.payload, side, w, i, now)?;
                }
            }
            op => return Err(Stop::Error(format!("unknown opcode {op}"))),
        }
    }
    Ok(bytes.len() - rest.len())
}

fn message<W: Workload>(
    c: &mut Conn<W::Data>,
    proto: Proto,
    msg: &[u8],
    side: &mut Side<'_>,
    w: &mut W,
    i: usize,
    now: u64,
) -> Result<(), Stop> {
    side.reply.clear();
    let mut closed = None;
    let open = c.state != State::Hello;
    let stats = &mut side.stats;
    proto.read(open, msg, side.reply, |ev| match ev {
        Event::Ready => {
            c.state = State::Open;
            w.on_ready(i, c, now);
        }
        Event::Ping => {}
        Event::Close(reason) => closed = Some(String::from_utf8_lossy(reason).into_owned()),
        other => {
            if let Event::CallError { error, .. } = &other {
                stats.error(&format!("call failed: {}", String::from_utf8_lossy(error)));
            }
            w.on_event(i, c, other, now);
        }
    })?;
    if !side.reply.is_empty() {
        c.out.frame(proto.opcode(), side.reply);
    }
    match closed {
        Some(reason) if !c.closing => Err(Stop::Error(format!("server said close: {reason}"))),
        _ => Ok(()),
    }
}

/// The connection token out of a complete negotiate answer.
fn negotiated(b: &[u8]) -> Result<Option<String>, Stop> {
    let Some(head) = ws::find(b, b"\r\n\r\n") else {
        return Ok(None);
    };
    if !b.starts_with(b"HTTP/1.1 200") {
        let line = b.split(|c| *c == b'\r').next().unwrap_or_default();
        return Err(Stop::Error(format!(
            "negotiate refused: {}",
            String::from_utf8_lossy(&line[..line.len().min(40)])
        )));
    }
    let body = &b[head + 4..];
    // Chunked or not, the object is the text from the first brace to the last.
    let (Some(from), Some(to)) = (
        body.iter().position(|c| *c == b'{'),
        body.iter().rposition(|c| *c == b'}'),
    ) else {
        return Ok(None);
    };
    let (mut token, mut id) = (None, None);
    let whole = json::members(&body[from..=to], |k, v| match k {
        b"connectionToken" => token = json::string(v),
        b"connectionId" => id = json::string(v),
        _ => {}
    });
    match (whole, token.or(id)) {
        (Some(()), Some(t)) => Ok(Some(String::from_utf8_lossy(&t).into_owned())),
        (Some(()), None) => Err(Stop::Error("negotiate answer without a token".into())),
        (None, _) => Ok(None),
    }
}
