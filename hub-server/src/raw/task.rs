//! The task of a raw connection: the one owner of its transport.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use hub_core::websocket::encode_ping;
use tokio::time::{Instant, Sleep, sleep_until};

use super::RawEndpoint;
use super::framing::write;
use super::pipe::{Leave, Pipe, WaitsFor};
use crate::connection::{Framing, Receiver, WriteBuffer, expiration};
use crate::transport::{Goodbye, Received, Transport};
use crate::{DisconnectReason, HubOptions};

/// How many reads one turn takes before other tasks get theirs.
const READS_PER_TURN: usize = 16;

/// Carries bytes between a transport and the application.
pub(super) struct RawTask<T> {
    transport: T,
    pipe: Arc<Pipe>,
    endpoint: Arc<RawEndpoint>,
    out: WriteBuffer,
    timer: Option<Pin<Box<Sleep>>>,
    /// How long the transport may take nothing.
    blocked_until: Option<Instant>,
    /// When the user's authentication ends, if the connection ends with it.
    expires: Option<Instant>,
    ping_at: Option<Instant>,
    end: Option<End>,
}

struct End {
    reason: DisconnectReason,
    /// `None` when the transport is gone or must not be waited for.
    goodbye: Option<Goodbye>,
}

impl<T: Transport> RawTask<T> {
    pub(super) fn new(
        transport: T,
        pipe: Arc<Pipe>,
        endpoint: Arc<RawEndpoint>,
        expires_at: Option<SystemTime>,
    ) -> Self {
        let now = Instant::now();
        let options = &endpoint.options.shared;
        let (expires, ping_at) = (
            expiration(options, expires_at, now),
            next_ping::<T>(options, now),
        );
        Self {
            transport,
            pipe,
            endpoint,
            out: WriteBuffer::new(T::FRAMING),
            timer: None,
            blocked_until: None,
            expires,
            ping_at,
            end: None,
        }
    }

    /// Runs the connection to its end.
    pub(super) async fn run(mut self) -> DisconnectReason {
        let end = poll_fn(|context| self.poll(context)).await;
        let Self {
            transport,
            endpoint,
            ..
        } = self;
        match end.goodbye {
            Some(goodbye) => transport.close(goodbye, &endpoint.options.shared).await,
            None => drop(transport),
        }
        end.reason
    }

    /// One turn: until nothing moves, or others should have their turn.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        let mut reads = 0;
        loop {
            self.take_outgoing();
            self.poll_send(context);
            let was_due = self.poll_timer(context);
            if let Some(end) = self.ended() {
                return Poll::Ready(end);
            }
            if was_due {
                continue;
            }
            let is_full = !self.pipe.wants_input();
            if !is_full && self.poll_receive(context) {
                reads += 1;
                if reads == READS_PER_TURN {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                continue;
            }
            if self.out.is_empty() {
                self.out.rest();
            }
            let waits_for = WaitsFor {
                outgoing: self.end.is_none() && self.out.has_room(),
                room: self.end.is_none() && is_full,
            };
            if self.pipe.park(context, &waits_for) {
                return Poll::Pending;
            }
        }
    }

    /// Moves what the application sent into the write buffer.
    fn take_outgoing(&mut self) {
        if self.pipe.left() == Some(Leave::Abort) {
            return self.cut(DisconnectReason::Aborted);
        }
        if self.end.is_some() {
            return;
        }
        while self.out.has_room()
            && let Some(outgoing) = self.pipe.take_outgoing()
        {
            write(&mut self.out, T::FRAMING, &outgoing);
        }
        match self.pipe.left() {
            Some(Leave::Failed) => self.end(DisconnectReason::Aborted, Some(Goodbye::SayFailed)),
            Some(Leave::Shutdown) => self.end(DisconnectReason::Shutdown, Some(Goodbye::Say)),
            Some(_) => self.end(DisconnectReason::Aborted, Some(Goodbye::Say)),
            None => {}
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>) {
        if self.out.is_empty() {
            return;
        }
        match self.transport.poll_send(context, &mut self.out) {
            Poll::Ready(Ok(())) => self.blocked_until = None,
            Poll::Ready(Err(_)) => self.cut(DisconnectReason::TransportLost),
            Poll::Pending => {
                let limit = self.options().transport_send_timeout;
                self.blocked_until
                    .get_or_insert_with(|| Instant::now() + limit);
            }
        }
    }

    /// Whether something was read.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> bool {
        // What a flood of pings is answered with is bounded, too.
        if self.end.is_some() || !self.out.has_room() {
            return false;
        }
        let mut receiver = Incoming {
            pipe: &self.pipe,
            out: &mut self.out,
        };
        let Poll::Ready(received) = self.transport.poll_receive(context, &mut receiver) else {
            return false;
        };
        match received {
            Received::Some => {}
            Received::Goodbye => self.end(DisconnectReason::Closed, Some(Goodbye::Said)),
            Received::Broken(what) => {
                self.end(DisconnectReason::Protocol(what), Some(Goodbye::Said));
            }
            Received::Lost => self.cut(DisconnectReason::TransportLost),
        }
        true
    }

    /// Ends the connection once everything is written.
    fn end(&mut self, reason: DisconnectReason, goodbye: Option<Goodbye>) {
        if self.end.is_none() {
            self.pipe.end(reason.clone());
            self.end = Some(End { reason, goodbye });
        }
    }

    /// Ends the connection although not everything was written.
    fn cut(&mut self, reason: DisconnectReason) {
        self.end(reason, None);
        if let Some(end) = &mut self.end {
            end.goodbye = None;
        }
    }

    /// The end, once nothing is left to be written.
    fn ended(&mut self) -> Option<End> {
        let is_over = |end: &mut End| end.goodbye.is_none() || self.out.is_empty();
        self.end.take_if(is_over)
    }

    /// Handles what is due, and has the task woken for what comes next. Whether
    /// there was anything.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> bool {
        let mut was_due = false;
        while let Some(deadline) = self.deadline(context) {
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            // One that is too early is found when it fires.
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(context).is_pending() {
                break;
            }
            was_due = true;
            let now = Instant::now();
            self.handle_timeout(context, now);
            if let (Some(next), Some(timer)) = (self.deadline(context), &mut self.timer) {
                timer.as_mut().reset(next);
            }
        }
        was_due
    }

    /// Whatever is due is no deadline any more afterwards.
    fn handle_timeout(&mut self, context: &mut Context<'_>, now: Instant) {
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if is_due(self.blocked_until) {
            self.cut(DisconnectReason::SlowReceiver);
        }
        if is_due(self.transport.deadline(context)) {
            self.cut(DisconnectReason::TransportLost);
        }
        if is_due(self.expires) {
            self.end(DisconnectReason::AuthenticationExpired, Some(Goodbye::Say));
        }
        if is_due(self.ping_at) {
            self.ping_at = next_ping::<T>(self.options(), now);
            self.ping();
        }
    }

    fn deadline(&self, context: &mut Context<'_>) -> Option<Instant> {
        match &self.end {
            // What is left to be written must not take for ever.
            Some(End { goodbye, .. }) => self.blocked_until.filter(|_| goodbye.is_some()),
            None => [
                self.blocked_until,
                self.transport.deadline(context),
                self.expires,
                self.ping_at,
            ]
            .into_iter()
            .flatten()
            .min(),
        }
    }

    /// Shows that the connection is alive. What waits to be written is as good.
    fn ping(&mut self) {
        if !self.out.is_empty() {
            return;
        }
        match T::FRAMING {
            Framing::WebSocket => {
                let mut frame = Vec::with_capacity(2);
                encode_ping(b"", None, &mut frame);
                self.out.framed(&frame);
            }
            Framing::ServerSentEvents => self.out.framed(b":\r\n"),
            Framing::None => {}
        }
    }

    fn options(&self) -> &HubOptions {
        &self.endpoint.options.shared
    }
}

fn next_ping<T: Transport>(options: &HubOptions, now: Instant) -> Option<Instant> {
    let interval = options.keep_alive_interval;
    (T::PINGS && !interval.is_zero())
        .then(|| now.checked_add(interval))
        .flatten()
}

/// What the transport received goes to the application; what it replies, out.
struct Incoming<'t> {
    pipe: &'t Pipe,
    out: &'t mut WriteBuffer,
}

impl Receiver for Incoming<'_> {
    fn payload(&mut self, _: &mut Context<'_>, payload: &[u8]) {
        self.pipe.push_received(payload);
    }

    fn reply(&mut self, frame: &[u8]) {
        self.out.framed(frame);
    }
}
