//! What a socket sends: whole messages and pieces, compressed or not.

use std::future::poll_fn;

use hub_core::websocket::{
    CloseCode, FrameHeader, Message, MessageKind, OpCode, encode_message, encode_ping, encode_pong,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Fragment, WebSocket, WebSocketError};

impl<Io: AsyncRead + AsyncWrite + Unpin> WebSocket<Io> {
    /// Sends a message and waits until it is written.
    ///
    /// A [`Message::Close`] begins the closing handshake; [`recv`](Self::recv) or
    /// [`close`](Self::close) completes it. Payloads of pings and pongs are cut to
    /// 125 bytes. Cancelling may leave the message queued, to be written with the
    /// next one.
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn send(&mut self, message: Message) -> Result<(), WebSocketError> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Queues a message, after waiting for room under
    /// [`write_buffer_limit`](super::WebSocketOptions::write_buffer_limit). It is written
    /// with the next [`flush`](Self::flush), [`send`](Self::send) or
    /// [`recv`](Self::recv).
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn feed(&mut self, message: Message) -> Result<(), WebSocketError> {
        self.ready().await?;
        self.queue(&message)
    }

    /// As [`send`](Self::send), but does not compress the message: for secrets that
    /// stand beside what others may choose, and for data that is compressed
    /// already.
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn send_uncompressed(&mut self, message: Message) -> Result<(), WebSocketError> {
        self.feed_uncompressed(message).await?;
        self.flush().await
    }

    /// As [`feed`](Self::feed), but does not compress the message.
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn feed_uncompressed(&mut self, message: Message) -> Result<(), WebSocketError> {
        self.ready().await?;
        self.queue_as(&message, Form::Plain)
    }

    /// Waits until everything that was queued is written.
    ///
    /// # Errors
    /// [`WebSocketError::Io`].
    pub async fn flush(&mut self) -> Result<(), WebSocketError> {
        poll_fn(|cx| self.channel.poll_flush(cx)).await
    }

    /// Sends the next piece of a message in a frame of its own and waits until it
    /// is written. The kind of the first piece counts.
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn send_fragment(&mut self, fragment: Fragment) -> Result<(), WebSocketError> {
        self.send_fragment_as(fragment, Form::Compressed).await
    }

    /// As [`send_fragment`](Self::send_fragment), but does not compress the message
    /// that begins with this piece. For later pieces it makes no difference.
    ///
    /// # Errors
    /// See [`WebSocketError`].
    pub async fn send_fragment_uncompressed(
        &mut self,
        fragment: Fragment,
    ) -> Result<(), WebSocketError> {
        self.send_fragment_as(fragment, Form::Plain).await
    }

    async fn send_fragment_as(
        &mut self,
        fragment: Fragment,
        form: Form,
    ) -> Result<(), WebSocketError> {
        self.ready().await?;
        self.queue_fragment(&fragment, form)?;
        self.flush().await
    }

    async fn ready(&mut self) -> Result<(), WebSocketError> {
        poll_fn(|cx| self.poll_ready(cx)).await
    }

    /// Encodes `message`, which the caller has made room for.
    pub(super) fn queue(&mut self, message: &Message) -> Result<(), WebSocketError> {
        self.queue_as(message, Form::Compressed)
    }

    fn queue_as(&mut self, message: &Message, form: Form) -> Result<(), WebSocketError> {
        if self.sending.is_some() && message.is_data() {
            return Err(WebSocketError::UnfinishedMessage);
        }
        let buffer = self.channel.buffer()?;
        let mut encode = |kind, bytes: &[u8]| match &mut self.compression {
            Some(compression) if form == Form::Compressed => {
                compression.encode_message(kind, bytes, buffer);
            }
            _ => encode_message(kind, bytes, None, buffer),
        };
        match message {
            Message::Text(text) => encode(MessageKind::Text, text.as_bytes()),
            Message::Binary(bytes) => encode(MessageKind::Binary, bytes),
            Message::Ping(payload) => encode_ping(payload, None, buffer),
            Message::Pong(payload) => encode_pong(payload, None, buffer),
            Message::Close(Some(frame)) => self.channel.begin_close(frame.code, &frame.reason),
            Message::Close(None) => self.channel.begin_close(CloseCode::NO_STATUS, ""),
        }
        Ok(())
    }

    fn queue_fragment(&mut self, fragment: &Fragment, form: Form) -> Result<(), WebSocketError> {
        let buffer = self.channel.buffer()?;
        let (kind, payload, ends) = (fragment.kind, &fragment.payload, fragment.ends_message);
        let form = match (self.sending, &self.compression) {
            (Some(begun), _) => begun,
            (None, Some(it)) if form == Form::Compressed && it.is_worthwhile(payload.len()) => form,
            (None, _) => Form::Plain,
        };
        match &mut self.compression {
            Some(compression) if form == Form::Compressed => {
                compression.encode_fragment(kind, payload, ends, buffer);
            }
            _ => {
                let opcode = match self.sending {
                    Some(_) => OpCode::Continuation,
                    None => kind.into(),
                };
                let header = FrameHeader {
                    fin: ends,
                    ..FrameHeader::new(opcode, payload.len())
                };
                header.encode_with(payload, buffer);
            }
        }
        self.sending = (!ends).then_some(form);
        Ok(())
    }
}

/// How a message is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// If that was agreed on and is worth it.
    Compressed,
    Plain,
}
