//! How a piece of bytes becomes a message of the transport.

use std::borrow::Cow;

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
        Framing::ServerSentEvents => out.record(&event_data(bytes), *format),
        Framing::WebSocket | Framing::None => out.record(bytes, *format),
    }
}

/// Every line of a text as a field of its own: the end of a line ends a field.
fn event_data(text: &[u8]) -> Cow<'_, [u8]> {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    if !text.iter().any(is_end) {
        return text.into();
    }
    let mut data = Vec::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(end) = rest.iter().position(is_end) {
        data.extend_from_slice(&rest[..end]);
        data.extend_from_slice(b"\r\ndata: ");
        let end_len = if rest[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = &rest[end + end_len..];
    }
    data.extend_from_slice(rest);
    data.into()
}

#[cfg(test)]
mod tests {
    use super::event_data;

    #[test]
    fn every_line_of_an_event_is_a_field() {
        let field = |text: &str| String::from_utf8(event_data(text.as_bytes()).into()).unwrap();
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a\nb\r\nc\rd"), "a\r\ndata: b\r\ndata: c\r\ndata: d");
        assert_eq!(field("\n"), "\r\ndata: ");
    }
}
