//! Transports carry bytes in both directions and know no hub message.

mod inbox;
mod long_polling;
mod post_body;
mod server_sent_events;
mod websocket;

use std::io;
use std::task::{Context, Poll, Waker};

use hub_core::TransferFormat;
use tokio::time::Instant;

use crate::HubOptions;
use crate::connection::{Framing, Receiver, WriteBuffer};

pub(crate) use inbox::Inbox;
pub(crate) use long_polling::{LongPollingTransport, PollAnswer, Polls};
pub(crate) use post_body::{PostBody, PostError, PostLimits};
pub(crate) use server_sent_events::ServerSentEventsTransport;
pub(crate) use websocket::WebSocketTransport;

/// The bytes of one connection, in both directions.
pub(crate) trait Transport: Send + Unpin + 'static {
    /// How messages for the peer are framed.
    const FRAMING: Framing;

    /// What it can carry.
    const FORMATS: &'static [TransferFormat];

    /// Whether the server sends pings. Where the client has to ask again and
    /// again, that is a sign of life already.
    const PINGS: bool = true;

    /// Reads what is there, once, and hands it over piece by piece.
    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        receiver: &mut dyn Receiver,
    ) -> Poll<Received>;

    /// Writes the buffer until it is empty.
    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut WriteBuffer,
    ) -> Poll<io::Result<()>>;

    /// When the peer has stayed away for too long and the transport is lost.
    /// Wakes the task when that changes.
    fn deadline(&self, context: &mut Context<'_>) -> Option<Instant> {
        let _ = context;
        None
    }

    /// Ends the connection in order, within the times that the options set.
    fn close(self, goodbye: Goodbye, options: &HubOptions) -> impl Future<Output = ()> + Send;
}

/// What came of a read.
#[derive(Debug)]
pub(crate) enum Received {
    /// Something was read; there may be more.
    Some,
    /// The peer said goodbye in order.
    Goodbye,
    /// The transport ended without a goodbye.
    Lost,
    /// The peer broke the transport's rules; the reply has been handed over.
    Broken(String),
}

/// How to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// Say goodbye and wait for the answer.
    Say,
    /// The same, and that the application failed, where there is a word for it.
    SayFailed,
    /// The peer has said goodbye, and it was answered, or broke the rules and
    /// was told.
    Said,
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
