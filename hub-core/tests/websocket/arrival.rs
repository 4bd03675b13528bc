//! Bytes that arrive in one way or another, and what a decoder makes of them.

use hub_core::websocket::{
    CloseFrame, Decoder, Event, MAX_PENDING_LEN, MessageKind, ProtocolError, Role,
};

/// An event that has outlived its buffer; the pieces of one message are joined
/// until a control frame or the end of the message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Data(MessageKind, Vec<u8>, bool),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<CloseFrame>),
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) seen: Vec<Seen>,
    pub(crate) error: Option<ProtocolError>,
}

impl Outcome {
    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Ping(payload) => self.seen.push(Seen::Ping(payload.to_vec())),
            Event::Pong(payload) => self.seen.push(Seen::Pong(payload.to_vec())),
            Event::Close(frame) => self.seen.push(Seen::Close(frame)),
            Event::Data(fragment) => {
                if let Some(Seen::Data(kind, bytes, ended @ false)) = self.seen.last_mut() {
                    assert_eq!(*kind, fragment.kind);
                    bytes.extend_from_slice(fragment.payload);
                    *ended = fragment.ends_message;
                } else if !fragment.payload.is_empty() || fragment.ends_message {
                    let bytes = fragment.payload.to_vec();
                    self.seen
                        .push(Seen::Data(fragment.kind, bytes, fragment.ends_message));
                }
            }
        }
    }
}

/// Decodes `wire` as it arrives in these pieces.
pub(crate) fn decode(mut decoder: Decoder, wire: &[u8], mut cuts: Vec<usize>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut pending = Vec::new();
    let mut from = 0;
    cuts.push(wire.len());
    for cut in cuts {
        pending.extend_from_slice(&wire[from..cut]);
        from = cut;
        let mut input = &mut pending[..];
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(event)) => outcome.add(event),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.decode(&mut input), Err(error), "stays failed");
                    outcome.error = Some(error);
                    return outcome;
                }
            }
        }
        assert!(input.len() <= MAX_PENDING_LEN);
        pending = input.to_vec();
    }
    outcome
}

pub(crate) fn at_once(role: Role, wire: &[u8]) -> Outcome {
    decode(Decoder::new(role), wire, vec![])
}

/// Every byte by itself, and every single cut, give what the whole gives.
pub(crate) fn check_arrivals(role: Role, wire: &[u8]) -> Outcome {
    let whole = at_once(role, wire);
    let bytewise = decode(Decoder::new(role), wire, (0..wire.len()).collect());
    assert_eq!(bytewise.error, whole.error, "{wire:02x?}");
    if whole.error.is_none() {
        assert_eq!(bytewise, whole, "{wire:02x?}");
    }
    for cut in 0..wire.len().min(300) {
        let cut = decode(Decoder::new(role), wire, vec![cut]);
        assert_eq!(cut.error, whole.error, "{wire:02x?}");
    }
    whole
}

/// A client's frame; `first` is its first byte.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xFA, 0x21, 0x3D];
    let mut out = vec![first];
    match payload.len() {
        len @ 0..126 => out.push(0x80 | len as u8),
        len @ 126..=0xFFFF => {
            out.push(0x80 | 126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(0x80 | 127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend(key);
    out.extend((0..).zip(payload).map(|(i, byte)| byte ^ key[i % 4]));
    out
}

pub(crate) fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = masked(first, payload);
    let header_len = out.len() - payload.len();
    out.truncate(header_len - 4);
    out[1] &= 0x7F;
    out.extend_from_slice(payload);
    out
}

pub(crate) fn text(payload: &str) -> Seen {
    Seen::Data(MessageKind::Text, payload.into(), true)
}
