//! What carries bytes between client and server.

mod websocket;

use std::collections::VecDeque;
use std::task::{Context, Poll};

use bytes::Bytes;
use hub_core::TransferFormat;
use tokio::sync::OwnedSemaphorePermit;

use crate::TransportError;

pub(crate) use websocket::{Socket, WebSocket};

/// One transport connection. Knows bytes and frames, no hub message.
///
/// Polled by one task only. Every method may be called again after it
/// returned `Pending` and none loses anything when it is not.
pub(crate) trait Transport: Send {
    /// The next bytes of the server, cut anywhere. `None`: the transport ended
    /// well. Not to be called after `None` or an error.
    fn poll_receive(&mut self, cx: &mut Context<'_>)
    -> Poll<Option<Result<Bytes, TransportError>>>;

    /// Sends the records of `queue` in order, taking each as soon as it is in
    /// the transport's hands. Ready when all that was taken is on its way.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut VecDeque<Record>,
    ) -> Poll<Result<(), TransportError>>;

    /// Says goodbye. Ready when that is on its way.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// One encoded hub message on its way out.
#[derive(Debug)]
pub(crate) struct Record {
    /// What kind of frame to send, where the transport knows kinds.
    pub(crate) format: TransferFormat,
    /// The message with its framing.
    pub(crate) bytes: Bytes,
    /// Its part of the send buffer, given back when the record is dropped.
    pub(crate) _space: Option<OwnedSemaphorePermit>,
}
