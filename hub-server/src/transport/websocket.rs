//! A hub's bytes over a WebSocket: messages of the hub protocol in frames, whose
//! boundaries mean nothing on the way in.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hub_core::TransferFormat;
use hub_core::websocket::{CloseCode, Decoder, Event, Role, encode_close, encode_pong};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::{Goodbye, Received, Transport};
use crate::HubOptions;
use crate::connection::{Framing, Receiver, WriteBuffer};

/// How much one read takes at most.
const READ_SIZE: usize = 16 * 1024;

thread_local! {
    /// Idle connections own no read buffer; whoever reads takes this.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A WebSocket as a hub's transport.
pub(crate) struct WebSocketTransport<I> {
    io: I,
    decoder: Decoder,
    /// Received bytes that are not yet a whole head or control frame.
    partial: Vec<u8>,
}

impl<I: AsyncRead + AsyncWrite + Unpin> WebSocketTransport<I> {
    pub(crate) fn new(io: I) -> Self {
        Self {
            io,
            decoder: Decoder::new(Role::Server),
            partial: Vec::new(),
        }
    }

    fn decode(
        &mut self,
        context: &mut Context<'_>,
        input: &mut [u8],
        receiver: &mut dyn Receiver,
    ) -> Received {
        let mut input = input;
        let mut reply = Vec::new();
        loop {
            match self.decoder.decode(&mut input) {
                Ok(None) => break,
                Ok(Some(Event::Data(fragment))) => receiver.payload(context, fragment.payload),
                Ok(Some(Event::Ping(payload))) => {
                    reply.clear();
                    encode_pong(payload, None, &mut reply);
                    receiver.reply(&reply);
                }
                Ok(Some(Event::Pong(_))) => {}
                Ok(Some(Event::Close(_))) => {
                    reply.clear();
                    encode_close(CloseCode::NORMAL, "", None, &mut reply);
                    receiver.reply(&reply);
                    return Received::Goodbye;
                }
                Err(error) => {
                    reply.clear();
                    encode_close(error.close_code(), "", None, &mut reply);
                    receiver.reply(&reply);
                    return Received::Broken(error.to_string());
                }
            }
        }
        self.partial = input.to_vec();
        Received::Some
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for WebSocketTransport<I> {
    const FRAMING: Framing = Framing::WebSocket;
    const FORMATS: &'static [TransferFormat] = &[TransferFormat::Text, TransferFormat::Binary];

    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        receiver: &mut dyn Receiver,
    ) -> Poll<Received> {
        let mut scratch = SCRATCH.take();
        let kept = self.partial.len();
        if scratch.len() < kept + READ_SIZE {
            scratch.resize(kept + READ_SIZE, 0);
        }
        let mut buffer = ReadBuf::new(&mut scratch[kept..]);
        let received = match Pin::new(&mut self.io).poll_read(context, &mut buffer) {
            Poll::Pending => None,
            Poll::Ready(Err(_)) => Some(Received::Lost),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => Some(Received::Lost),
            Poll::Ready(Ok(())) => {
                let filled = kept + buffer.filled().len();
                scratch[..kept].copy_from_slice(&self.partial);
                self.partial = Vec::new();
                Some(self.decode(context, &mut scratch[..filled], receiver))
            }
        };
        SCRATCH.set(scratch);
        received.map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut WriteBuffer,
    ) -> Poll<io::Result<()>> {
        while !buffer.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(context, buffer.unwritten()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            buffer.advance(written);
        }
        Pin::new(&mut self.io).poll_flush(context)
    }

    async fn close(self, goodbye: Goodbye, options: &HubOptions) {
        // Past the limit the socket is dropped, which cuts it.
        let _ = timeout(options.close_timeout, self.leave(goodbye)).await;
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> WebSocketTransport<I> {
    async fn leave(mut self, goodbye: Goodbye) {
        let code = match goodbye {
            Goodbye::Say => Some(CloseCode::NORMAL),
            Goodbye::SayFailed => Some(CloseCode::INTERNAL_ERROR),
            Goodbye::Said => None,
        };
        if let Some(code) = code {
            let mut frame = Vec::new();
            encode_close(code, "", None, &mut frame);
            if self.io.write_all(&frame).await.is_err() || self.io.flush().await.is_err() {
                return;
            }
        }
        let finished = code.is_none() || self.wait_for_goodbye().await;
        // Unread input would turn the end into a reset, and the peer might not
        // get to see what was sent last.
        if self.io.shutdown().await.is_ok() && !finished {
            let mut rest = [0; 1024];
            while matches!(self.io.read(&mut rest).await, Ok(1..)) {}
        }
    }

    /// Reads until the peer's close frame or its end; false when it broke the
    /// rules meanwhile.
    async fn wait_for_goodbye(&mut self) -> bool {
        let mut buffer = std::mem::take(&mut self.partial);
        loop {
            let filled = buffer.len();
            buffer.resize(filled + 1024, 0);
            let Ok(count @ 1..) = self.io.read(&mut buffer[filled..]).await else {
                return true;
            };
            buffer.truncate(filled + count);
            let mut input = buffer.as_mut_slice();
            loop {
                match self.decoder.decode(&mut input) {
                    Err(_) => return false,
                    Ok(Some(Event::Close(_))) => return true,
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                }
            }
            buffer = input.to_vec();
        }
    }
}
