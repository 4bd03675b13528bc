//! The application's end of a raw connection.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use axum::body::Bytes;
use hub_core::negotiate::TransportKind;
use hub_core::{ConnectionId, TransferFormat};

use super::pipe::{Leave, Outgoing, Pipe};
use crate::{DisconnectReason, Principal, UserId};

/// A connection of a client, as its handler has it.
///
/// Dropping it ends the connection in order: what was sent goes out, and then
/// the client is told. If it is dropped by a panic, a WebSocket is closed with
/// code 1011.
///
/// While the handler does not [`recv`](Self::recv), no more than
/// [`receive_buffer_size`](super::RawConnectionOptions::receive_buffer_size) is
/// read from the client, and so its goodbye is not seen either.
pub struct RawConnection {
    receiver: RawReceiver,
    sender: RawSender,
}

/// The receiving half of a [`RawConnection`].
///
/// The connection ends when both halves are dropped.
pub struct RawReceiver(Arc<Ends>);

/// The sending half of a [`RawConnection`].
///
/// The connection ends when both halves are dropped, or by
/// [`close`](Self::close) or [`abort`](Self::abort).
pub struct RawSender {
    ends: Arc<Ends>,
    format: TransferFormat,
}

/// The connection has ended; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection has ended")]
pub struct ConnectionClosed;

/// Who is at the other end, and over what.
pub(super) struct About {
    pub(super) id: ConnectionId,
    pub(super) transport: TransportKind,
    pub(super) request: http::request::Parts,
}

/// Held by everything through which the application can use the connection.
struct Ends {
    pipe: Arc<Pipe>,
    about: About,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.pipe.leave(if std::thread::panicking() {
            Leave::Failed
        } else {
            Leave::InOrder
        });
    }
}

impl RawConnection {
    pub(super) fn new(pipe: Arc<Pipe>, about: About, format: TransferFormat) -> Self {
        let ends = Arc::new(Ends { pipe, about });
        Self {
            receiver: RawReceiver(ends.clone()),
            sender: RawSender { ends, format },
        }
    }

    /// The connection's public id.
    #[must_use]
    pub fn id(&self) -> &ConnectionId {
        &self.about().id
    }

    /// The transport that the client chose.
    #[must_use]
    pub fn transport(&self) -> TransportKind {
        self.about().transport
    }

    /// The request that opened the transport: the upgrade request, the event
    /// stream's GET or the first poll, without the secret connection token.
    #[must_use]
    pub fn request(&self) -> &http::request::Parts {
        &self.about().request
    }

    /// The authenticated user, as the application's authentication layer left it
    /// in the request.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.request().extensions.get()
    }

    /// The user that the connection speaks for.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        self.principal().map(Principal::id)
    }

    /// See [`RawReceiver::recv`].
    pub async fn recv(&mut self) -> Option<Bytes> {
        self.receiver.recv().await
    }

    /// See [`RawSender::send`].
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> Result<(), ConnectionClosed> {
        self.sender.send(bytes).await
    }

    /// See [`RawSender::set_transfer_format`].
    pub fn set_transfer_format(&mut self, format: TransferFormat) {
        self.sender.set_transfer_format(format);
    }

    /// Why the connection has ended; `None` while it has not.
    #[must_use]
    pub fn disconnect_reason(&self) -> Option<DisconnectReason> {
        self.receiver.disconnect_reason()
    }

    /// See [`RawSender::close`].
    pub async fn close(self) {
        self.sender.close().await;
    }

    /// See [`RawSender::abort`].
    pub fn abort(self) {
        self.sender.abort();
    }

    /// Both directions apart, for tasks of their own.
    #[must_use]
    pub fn split(self) -> (RawReceiver, RawSender) {
        (self.receiver, self.sender)
    }

    fn about(&self) -> &About {
        &self.receiver.0.about
    }
}

impl RawReceiver {
    /// The bytes that come next; `None` when the connection has ended and all of
    /// them have been received. Never empty. Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<Bytes> {
        poll_fn(|context| self.0.pipe.poll_received(context)).await
    }

    /// Why the connection has ended; `None` while it has not.
    #[must_use]
    pub fn disconnect_reason(&self) -> Option<DisconnectReason> {
        self.0.pipe.reason()
    }
}

impl RawSender {
    /// Sends `bytes` in one piece, as soon as there is room under
    /// [`send_buffer_size`](super::RawConnectionOptions::send_buffer_size).
    /// Returns when they are queued, not when they have arrived. An empty piece
    /// is not sent. Cancelling before it returns sends nothing.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> Result<(), ConnectionClosed> {
        let bytes = bytes.into();
        let mut outgoing = (!bytes.is_empty()).then_some(Outgoing {
            bytes,
            format: self.format,
        });
        let queued = poll_fn(|context| self.ends.pipe.poll_send(context, &mut outgoing)).await;
        if queued {
            Ok(())
        } else {
            Err(ConnectionClosed)
        }
    }

    /// Sets in what kind of WebSocket message further pieces are sent; see
    /// [`transfer_format`](super::RawConnectionOptions::transfer_format). Other
    /// transports know no difference.
    pub fn set_transfer_format(&mut self, format: TransferFormat) {
        self.format = format;
    }

    /// Ends the connection in order, in both directions: what was sent goes out,
    /// and the client is told. Returns when that is done, within the times that
    /// the options set; the end takes its course if the future is dropped.
    pub async fn close(self) {
        self.ends.pipe.leave(Leave::InOrder);
        poll_fn(|context| self.ends.pipe.poll_finished(context)).await;
    }

    /// Cuts the connection at once: what is queued is dropped, and the client is
    /// told nothing, as far as its transport allows.
    pub fn abort(self) {
        self.ends.pipe.leave(Leave::Abort);
    }
}

impl fmt::Debug for RawConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection")
            .field("id", self.id())
            .field("transport", &self.transport())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RawReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawReceiver")
            .field(&self.0.about.id)
            .finish()
    }
}

impl fmt::Debug for RawSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawSender")
            .field(&self.ends.about.id)
            .finish()
    }
}
