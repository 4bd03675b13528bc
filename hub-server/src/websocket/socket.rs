use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;
use hub_core::websocket::{Assembler, CloseCode, CloseFrame, Event, Message, MessageKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, Visit};
use super::compression::{Agreed, Compression};
use super::leaving::Counted;
use super::sending::Form;
use super::{UpgradedIo, WebSocketError, WebSocketOptions};

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// What the message is, the same for all its pieces.
    pub kind: MessageKind,
    /// The bytes. Received text is checked, but a piece may begin or end inside a
    /// character.
    pub payload: Bytes,
    /// Whether the message ends here.
    pub ends_message: bool,
}

/// An open WebSocket on the server's side.
///
/// It has no task of its own: pings are answered and sent, and the closing
/// handshake is made, while [`recv`](Self::recv) or one of its siblings is
/// waited for. Dropping it ends the connection without a close frame.
///
/// While it waits it owns no buffers.
///
/// # Many messages, one write
/// [`send`](Self::send) writes at once. [`feed`](Self::feed) only queues, and
/// `recv` writes what is queued before it waits, so that this loop answers
/// everything that has arrived with one write:
///
/// ```no_run
/// # use hub_server::websocket::{WebSocket, WebSocketError};
/// # async fn echo(mut socket: WebSocket) -> Result<(), WebSocketError> {
/// while let Some(message) = socket.recv().await {
///     let message = message?;
///     if message.is_data() {
///         socket.feed(message).await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WebSocket<Io = UpgradedIo> {
    pub(super) channel: Channel<Io>,
    assembler: Assembler,
    /// `None` unless it was agreed on.
    pub(super) compression: Option<Box<Compression>>,
    /// How a message goes that we have begun with fragments and not finished.
    pub(super) sending: Option<Form>,
    subprotocol: Option<Box<str>>,
    /// Dropped last.
    end: Option<End>,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> WebSocket<Io> {
    /// Speaks WebSocket over `io`, on which the opening handshake has been made
    /// without an agreement on extensions.
    ///
    /// # Panics
    /// When the options do not fit each other; see [`WebSocketOptions::validate`].
    pub fn from_handshaken(io: Io, options: &WebSocketOptions) -> Self {
        options.expect_valid();
        let counted = options.shutdown.as_ref().map(Counted::enter);
        Self::open(io, options, counted, None)
    }

    pub(super) fn open(
        io: Io,
        options: &WebSocketOptions,
        counted: Option<Counted>,
        agreed: Option<&Agreed>,
    ) -> Self {
        let mut channel = Channel::new(io, options, counted);
        let compression = agreed.map(|agreed| {
            channel.accept_compressed();
            Box::new(Compression::new(agreed, options.max_message_size))
        });
        Self {
            channel,
            assembler: Assembler::new(options.max_message_size),
            compression,
            sending: None,
            subprotocol: None,
            end: None,
        }
    }

    pub(super) fn with_subprotocol(mut self, subprotocol: Option<Box<str>>) -> Self {
        self.subprotocol = subprotocol;
        self
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Whether compression was agreed on.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    /// The content of the peer's close frame, once it has arrived and if it has
    /// some.
    #[must_use]
    pub fn peer_close(&self) -> Option<&CloseFrame> {
        self.channel.peer_close()
    }

    /// Ready once this socket has been dropped, wherever it was moved, and its
    /// transport with it.
    ///
    /// For whoever accepted it and hands it on: a handler that returns lets the
    /// request's resources go, and a [`Shutdown`](crate::Shutdown) that waits for
    /// the handler then waits for what it does with the socket's end, too.
    ///
    /// ```
    /// use hub_server::websocket::WebSocket;
    /// use tokio::sync::mpsc::Sender;
    ///
    /// async fn hand_on(mut socket: WebSocket, background: Sender<WebSocket>) {
    ///     let ended = socket.ended();
    ///     if background.send(socket).await.is_ok() {
    ///         ended.await;
    ///     }
    /// }
    /// ```
    pub fn ended(&mut self) -> impl Future<Output = ()> + Send + Sync + use<Io> {
        let End(end) = self.end.get_or_insert_with(End::default);
        end.clone().cancelled_owned()
    }

    /// The next message; `None` when the connection has ended.
    ///
    /// Pings come too, but are answered already, and so does the peer's close
    /// frame, after which nothing more can be sent. Call on until `None`: this is
    /// what ends the connection in good order.
    ///
    /// Cancelling loses nothing.
    ///
    /// # Errors
    /// Once, and then `None`.
    pub async fn recv(&mut self) -> Option<Result<Message, WebSocketError>> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    pub(super) fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Message, WebSocketError>>> {
        let Self {
            channel,
            assembler,
            compression,
            ..
        } = self;
        poll_visit(channel, compression, cx, &mut |event| assembler.push(event))
    }

    /// The next piece of a message as it arrives, whatever the length of the
    /// whole; `None` when the connection has ended. Messages begun this way must
    /// be received to their end before [`recv`](Self::recv) is of use again.
    ///
    /// Pieces are not frames: a long frame comes in several, and so does what a
    /// compressed one inflates to. Empty pieces come only at the end of a message.
    /// Cancelling loses nothing.
    ///
    /// # Errors
    /// Once, and then `None`.
    pub async fn recv_fragment(&mut self) -> Option<Result<Fragment, WebSocketError>> {
        let mut visit = |event: Event<'_>| {
            Ok(match event {
                Event::Data(piece) if piece.ends_message || !piece.payload.is_empty() => {
                    Some(Fragment {
                        kind: piece.kind,
                        payload: Bytes::copy_from_slice(piece.payload),
                        ends_message: piece.ends_message,
                    })
                }
                _ => None,
            })
        };
        let (channel, compression) = (&mut self.channel, &mut self.compression);
        poll_fn(|cx| poll_visit(channel, compression, cx, &mut visit)).await
    }

    /// Ends the connection: sends a close frame, waits for the peer's, drops what
    /// else arrives, and shuts the transport down. Takes no longer than
    /// [`close_timeout`](WebSocketOptions::close_timeout).
    ///
    /// A reason is cut to 123 bytes; a code that must not be on the wire is left
    /// out with its reason.
    ///
    /// # Errors
    /// What went wrong on the way; the connection has ended all the same.
    pub async fn close(&mut self, code: CloseCode, reason: &str) -> Result<(), WebSocketError> {
        self.channel.begin_close(code, reason);
        let mut drop_all = |_: Event<'_>| Ok(None::<std::convert::Infallible>);
        match poll_fn(|cx| self.channel.poll_visit(cx, &mut drop_all)).await {
            Some(Err(error)) => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        self.channel.poll_ready(cx)
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        self.channel.poll_flush(cx)
    }
}

/// Waits for an event, inflated, of which `visit` makes something.
fn poll_visit<Io: AsyncRead + AsyncWrite + Unpin, T>(
    channel: &mut Channel<Io>,
    compression: &mut Option<Box<Compression>>,
    cx: &mut Context<'_>,
    visit: &mut Visit<'_, T>,
) -> Poll<Option<Result<T, WebSocketError>>> {
    let Some(compression) = compression else {
        return channel.poll_visit(cx, visit);
    };
    match compression.resume(visit) {
        Ok(None) => {}
        Ok(Some(value)) => return Poll::Ready(Some(Ok(value))),
        Err(error) => channel.fail(error),
    }
    channel.poll_visit(cx, &mut |event| compression.visit(event, visit))
}

/// Tells whoever waits for it that the socket is gone.
#[derive(Debug, Default)]
struct End(CancellationToken);

impl Drop for End {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
