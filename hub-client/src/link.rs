//! The protocol machine on its transport: moves bytes and watches the clock.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use hub_core::Close;
use hub_core::connection::{CloseReason, Connection, Event};
use tokio::time::Sleep;

use crate::TransportError;
use crate::transport::{Record, Transport};

/// One connection's machine, transport, timer and buffers.
pub(crate) struct Link {
    machine: Connection,
    transport: Box<dyn Transport>,
    /// Received and not yet consumed: the beginning of a message.
    rest: Vec<u8>,
    queue: VecDeque<Record>,
    /// Whether something is queued or not yet flushed.
    sending: bool,
    /// Whether the transport has nothing more to give.
    ended: bool,
    /// Set for the deadline it had when it last went off; the machine's may be
    /// later by now.
    timer: Pin<Box<Sleep>>,
}

/// What a link was waiting for.
pub(crate) enum Arrival {
    Bytes(Bytes),
    /// The transport ended, with an error or without.
    End(Option<TransportError>),
    /// A deadline passed and ends the connection.
    Closed(CloseReason),
}

impl Link {
    pub(crate) fn new(machine: Connection, transport: Box<dyn Transport>) -> Self {
        let mut link = Self {
            machine,
            transport,
            rest: Vec::new(),
            queue: VecDeque::new(),
            sending: false,
            ended: false,
            timer: Box::pin(tokio::time::sleep_until(now().into())),
        };
        link.set_timer();
        link.queue_transmits();
        link
    }

    /// Queues a record.
    pub(crate) fn queue(&mut self, record: Record) {
        self.machine.note_sent(now());
        self.queue.push_back(record);
        self.sending = true;
    }

    /// Sends and waits: for bytes if `reading`, for the end of the transport,
    /// or for a deadline that ends the connection. Cancel-safe.
    pub(crate) async fn next(&mut self, reading: bool) -> Arrival {
        let arrival = poll_fn(|cx| self.poll_next(cx, reading)).await;
        self.ended |= matches!(arrival, Arrival::End(_));
        arrival
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, reading: bool) -> Poll<Arrival> {
        while self.timer.as_mut().poll(cx).is_ready() {
            if let Some(reason) = self.machine.handle_timeout(now()) {
                return Poll::Ready(Arrival::Closed(reason));
            }
            self.queue_ping();
            self.set_timer();
        }
        let failure = match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Some(error),
            Poll::Ready(Ok(())) | Poll::Pending => None,
        };
        // The server's last words may still be there when sending fails.
        if reading || failure.is_some() {
            match self.transport.poll_receive(cx) {
                Poll::Ready(Some(Ok(bytes))) => return Poll::Ready(Arrival::Bytes(bytes)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Arrival::End(Some(error))),
                Poll::Ready(None) => return Poll::Ready(Arrival::End(failure)),
                Poll::Pending => {}
            }
        }
        match failure {
            Some(error) => Poll::Ready(Arrival::End(Some(error))),
            None => Poll::Pending,
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if !self.sending {
            return Poll::Ready(Ok(()));
        }
        let sent = self.transport.poll_send(cx, &mut self.queue);
        if sent.is_ready() {
            self.sending = false;
        }
        sent
    }

    /// A Ping would not get through before what waits already, and says no
    /// more than that.
    fn queue_ping(&mut self) {
        if self.queue.is_empty() {
            self.queue_transmits();
        } else {
            while self.machine.poll_transmit().is_some() {}
        }
    }

    fn queue_transmits(&mut self) {
        while let Some(transmit) = self.machine.poll_transmit() {
            self.queue.push_back(Record {
                format: transmit.format,
                bytes: transmit.bytes,
                _space: None,
            });
            self.sending = true;
        }
    }

    fn set_timer(&mut self) {
        let never = std::time::Duration::from_secs(86400 * 365);
        let deadline = self.machine.poll_timeout().unwrap_or_else(|| now() + never);
        self.timer.as_mut().reset(deadline.into());
    }

    /// Takes in `bytes` and hands each event to `on_event`. Returns how the
    /// connection ended, if it did.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        mut on_event: impl FnMut(Event<'_>),
    ) -> Option<CloseReason> {
        let now = now();
        let mut joined = std::mem::take(&mut self.rest);
        let mut input: &[u8] = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        let mut closed = None;
        while let Some(event) = self.machine.receive(&mut input, now) {
            match event {
                Event::Closed(reason) => closed = Some(reason),
                Event::HandshakeCompleted => {
                    // The deadlines are now others, perhaps earlier ones.
                    self.timer.as_mut().reset(now.into());
                    on_event(Event::HandshakeCompleted);
                }
                event => on_event(event),
            }
        }
        let left = input.len();
        self.rest = if joined.is_empty() {
            bytes[bytes.len() - left..].to_vec()
        } else {
            joined.drain(..joined.len() - left);
            joined
        };
        self.queue_transmits();
        closed
    }

    /// How the connection ended, when the transport did.
    pub(crate) fn end_of_input(&mut self) -> Option<CloseReason> {
        self.machine.handle_end_of_input(&self.rest)
    }

    /// Says goodbye with a Close message if the connection is open, then waits
    /// until the transport is closed on both sides.
    pub(crate) async fn close(mut self) {
        self.machine.close(Close::default());
        self.queue_transmits();
        let sent = poll_fn(|cx| self.poll_send(cx)).await;
        if sent.is_ok() {
            poll_fn(|cx| self.transport.poll_close(cx)).await;
            while !self.ended {
                let received = poll_fn(|cx| self.transport.poll_receive(cx)).await;
                self.ended = !matches!(received, Some(Ok(_)));
            }
        }
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
