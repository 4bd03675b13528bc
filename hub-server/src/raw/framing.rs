//! How a piece of bytes becomes a message of the transport.

use hub_core::TransferFormat;

use super::pipe::Outgoing;
use crate::connection::{Framing, WriteBuffer};

/// Appends a message as one of the transport's.
pub(super) fn write(
    out: &mut WriteBuffer,
    framing: Framing,
    Outgoing { bytes, format }: &Outgoing,
) {
    match framing {
        // A text that is none would make the client end the connection.
        Framing::WebSocket if std::str::from_utf8(bytes).is_err() => {
            out.record(bytes, TransferFormat::Binary);
        }
        _ => out.record(bytes, *format),
    }
}
