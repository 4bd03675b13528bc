use bytes::Bytes;

use super::{CloseFrame, Event, Fragment, MessageKind, ProtocolError};

/// A whole message, or a control frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
    /// A ping, at most 125 bytes.
    Ping(Bytes),
    /// A pong, at most 125 bytes.
    Pong(Bytes),
    /// A close frame, with its code and reason if it has some.
    Close(Option<CloseFrame>),
}

impl Message {
    /// Whether this is a text or binary message, not a control frame.
    #[must_use]
    pub const fn is_data(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

/// Puts messages together from the pieces that a [`Decoder`](super::Decoder)
/// hands out.
///
/// Holds no memory between messages, and never more than what has arrived of one.
///
/// ```
/// use hub_core::websocket::{Assembler, Decoder, Message, Role};
///
/// let mut decoder = Decoder::new(Role::Client);
/// let mut assembler = Assembler::new(1024);
/// let mut wire = *b"\x01\x03Hel\x80\x02lo";
/// let mut input = &mut wire[..];
/// let mut messages = Vec::new();
/// while let Some(event) = decoder.decode(&mut input)? {
///     messages.extend(assembler.push(event)?);
/// }
/// assert_eq!(messages, [Message::from("Hello")]);
/// # Ok::<(), hub_core::websocket::ProtocolError>(())
/// ```
#[derive(Debug)]
pub struct Assembler {
    partial: Vec<u8>,
    max_message_len: usize,
}

impl Assembler {
    /// An assembler that refuses messages of more than `max_message_len` bytes.
    #[must_use]
    pub const fn new(max_message_len: usize) -> Self {
        Self {
            partial: Vec::new(),
            max_message_len,
        }
    }

    /// Takes the next event; returns the message that it completes.
    ///
    /// # Errors
    /// [`ProtocolError::MessageTooLong`], before the bytes are kept.
    pub fn push(&mut self, event: Event<'_>) -> Result<Option<Message>, ProtocolError> {
        Ok(Some(match event {
            Event::Data(fragment) => return self.push_fragment(&fragment),
            Event::Ping(payload) => Message::Ping(Bytes::copy_from_slice(payload)),
            Event::Pong(payload) => Message::Pong(Bytes::copy_from_slice(payload)),
            Event::Close(frame) => Message::Close(frame),
        }))
    }

    /// Takes the next piece; returns the message that it completes.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_fragment(
        &mut self,
        fragment: &Fragment<'_>,
    ) -> Result<Option<Message>, ProtocolError> {
        if fragment.payload.len() > self.max_message_len - self.partial.len() {
            self.partial = Vec::new();
            return Err(ProtocolError::MessageTooLong);
        }
        self.partial.extend_from_slice(fragment.payload);
        if !fragment.ends_message {
            return Ok(None);
        }
        let bytes = std::mem::take(&mut self.partial);
        Ok(Some(match fragment.kind {
            // Text is checked already; checking the whole again costs little and
            // is the price of a `String` without `unsafe`.
            MessageKind::Text => {
                Message::Text(String::from_utf8(bytes).map_err(|_| ProtocolError::InvalidUtf8)?)
            }
            MessageKind::Binary => Message::Binary(bytes.into()),
        }))
    }
}
