//! The socket as a stream and a sink of messages.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Sink, Stream};
use hub_core::websocket::{CloseCode, CloseFrame, Message};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{WebSocket, WebSocketError};

impl<Io: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<Io> {
    type Item = Result<Message, WebSocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}

/// Closing the sink sends a close frame with code 1000; receiving on completes the
/// closing handshake.
impl<Io: AsyncRead + AsyncWrite + Unpin> Sink<Message> for WebSocket<Io> {
    type Error = WebSocketError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        (*self).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        self.queue(&message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        (*self).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let close = Message::Close(Some(CloseFrame::new(CloseCode::NORMAL, "")));
        match self.queue(&close) {
            Ok(()) | Err(WebSocketError::Closed) => (*self).poll_flush(cx),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
