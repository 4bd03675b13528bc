//! The codecs, the framing, the handshake and the negotiation against the
//! vectors of `protocol-spec`, in both directions where there are two.

mod describe;
mod framing;
mod handshake;
mod messages;
mod negotiate;
mod readers;
mod truncation;

use hub_core::Encoding;
use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};

const PROTOCOLS: [&dyn HubProtocol; 2] = [&JsonProtocol, &MessagePackProtocol];

/// The record of a case in the encoding of `protocol`.
fn record_of<'c>(case: &'c protocol_spec::MessageCase, protocol: &dyn HubProtocol) -> &'c [u8] {
    match protocol.encoding() {
        Encoding::Json => case.json.as_bytes(),
        Encoding::MessagePack => &case.messagepack,
    }
}

/// The record with the framing of `protocol`.
fn framed(record: &[u8], protocol: &dyn HubProtocol) -> Vec<u8> {
    match protocol.encoding() {
        Encoding::Json => [record, b"\x1e"].concat(),
        Encoding::MessagePack => {
            let (prefix, len) = hub_core::framing::binary::prefix(record.len());
            [&prefix[..len], record].concat()
        }
    }
}

/// What an error looks like on the wire.
fn shown(error: &hub_core::DecodeError) -> (String, String) {
    (error.kind().to_owned(), error.to_string())
}

/// What is expected of it; where the text is free, any will do.
fn expected(error: &protocol_spec::WireError, found: &hub_core::DecodeError) -> (String, String) {
    let text = error.text.clone().unwrap_or_else(|| found.to_string());
    (error.kind.clone(), text)
}
