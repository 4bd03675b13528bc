//! The task of a connection: the one owner of its machine and its transport,
//! and the only one who writes to it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hub_core::connection::Connection as Machine;
use tokio::time::{Instant, Sleep, sleep_until};

use super::expiration::expiration;
use super::hooks;
use super::inbound::{Inbound, Stage};
use super::line::Line;
use super::replace::Resumable;
use super::session::Session;
use super::write_buffer::WriteBuffer;
use crate::DisconnectReason;
use crate::dispatch::Dispatch;
use crate::lifetime::HubCore;
use crate::panics::contain;
use crate::transport::{Goodbye, Received, Transport};

/// How many reads one turn takes before other tasks get theirs.
const READS_PER_TURN: usize = 16;

/// Where the timer is put when nothing has a deadline.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// A connection from its first byte to its last.
pub(crate) struct ConnectionTask<T> {
    pub(super) inbound: Inbound,
    /// `None` while a connection waits for the next one.
    pub(super) transport: Option<T>,
    timer: Pin<Box<Sleep>>,
    /// How long the transport may take nothing.
    pub(super) blocked_until: Option<Instant>,
    /// When the user's authentication ends, if the connection ends with it.
    pub(super) expires: Option<Instant>,
    pub(super) goodbye: Farewell,
    /// Only with stateful reconnect.
    pub(super) resumable: Option<Box<Resumable<T>>>,
    membership: Membership,
}

/// Takes the session out of the hub when its task ends, however it ends.
struct Membership {
    core: Arc<HubCore>,
    session: Arc<Session>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.session.mark_aborted();
        self.core.disconnect(&self.session);
    }
}

/// What is left to say to the peer at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    Owed(Goodbye),
    /// The transport is gone, or must not be waited for.
    Impossible,
}

impl<T: Transport> ConnectionTask<T> {
    pub(crate) fn new(dispatch: Arc<dyn Dispatch>, session: Arc<Session>, transport: T) -> Self {
        let now = Instant::now();
        let core = dispatch.core();
        let machine = Machine::server(
            if T::PINGS {
                core.settings.clone()
            } else {
                core.quiet_settings.clone()
            },
            core.protocols.clone(),
            T::FORMATS,
            now.into_std(),
        );
        let expires = expiration(&core.options, session.expires_at(), now);
        let deadline = machine.poll_timeout().map(Instant::from_std);
        let deadline = deadline.into_iter().chain(expires).min().unwrap_or(now);
        let membership = Membership {
            core: core.clone(),
            session: session.clone(),
        };
        Self {
            membership,
            inbound: Inbound::new(dispatch, session, machine, WriteBuffer::new(T::FRAMING)),
            transport: Some(transport),
            timer: Box::pin(sleep_until(deadline)),
            blocked_until: None,
            expires,
            goodbye: Farewell::Owed(Goodbye::Say),
            resumable: None,
        }
    }

    /// Runs the connection to its end.
    pub(crate) async fn run(mut self) {
        poll_fn(|context| {
            // Panics of the application's code end nearer to their cause. This is
            // for those that no one foresaw: nothing of the connection is left.
            contain(|| self.poll(context)).unwrap_or_else(|| self.give_up())
        })
        .await;
        // Boxed, so that the state of the end costs nothing while it lasts.
        Box::pin(self.finish()).await;
    }

    fn give_up(&mut self) -> Poll<()> {
        let session = &self.inbound.session;
        tracing::error!(connection = %session.id(), "panic in the connection's task");
        self.goodbye = Farewell::Impossible;
        self.lose(DisconnectReason::Aborted);
        Poll::Ready(())
    }

    /// One turn: until nothing moves, or others should have their turn.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut reads = 0;
        self.inbound.now = Instant::now();
        loop {
            self.poll_replacement(context);
            self.inbound.send_held();
            self.inbound.poll_connecting(context);
            if self.inbound.session.outbox().is_occupied() && self.inbound.accepts_queue() {
                self.inbound.take_queue();
            }
            self.inbound.start_waiting_calls(context);
            let resumed = self.inbound.resume(context);
            self.inbound.leave_when_done();
            self.poll_timer(context);
            let sent = self.poll_send(context);
            if self.is_over() {
                return Poll::Ready(());
            }
            if resumed && sent {
                continue;
            }
            if self.poll_receive(context) {
                reads += 1;
                if reads == READS_PER_TURN {
                    // The budget is for fairness only: the answers go out first.
                    self.poll_send(context);
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                continue;
            }
            if self.inbound.out.is_empty() {
                self.inbound.out.rest();
            }
            self.watch_acknowledgements();
            self.inbound.watch_silence();
            if self.rearm(context) {
                continue;
            }
            let accepts = self.inbound.accepts_queue();
            if self.inbound.session.outbox().park(context, accepts) {
                return Poll::Pending;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.inbound.has_ended()
            && (self.inbound.out.is_empty() || self.goodbye == Farewell::Impossible)
    }

    /// Whether something was read.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> bool {
        if !self.inbound.wants_input() {
            return false;
        }
        let Some(transport) = &mut self.transport else {
            return false;
        };
        let Poll::Ready(received) = transport.poll_receive(context, &mut self.inbound) else {
            return false;
        };
        match received {
            Received::Some => self.inbound.transmit(),
            Received::Goodbye => {
                // What follows a goodbye is not heard.
                self.goodbye = Farewell::Owed(Goodbye::Said);
                self.inbound.handle_end_of_input(false);
            }
            Received::Broken(what) => {
                self.goodbye = Farewell::Owed(Goodbye::Said);
                self.lose(DisconnectReason::Protocol(what));
            }
            Received::Lost if self.survive() => {}
            Received::Lost => {
                self.goodbye = Farewell::Impossible;
                self.inbound.handle_end_of_input(false);
            }
        }
        true
    }

    /// Whether everything was written.
    fn poll_send(&mut self, context: &mut Context<'_>) -> bool {
        if self.inbound.out.is_empty() {
            return true;
        }
        let Some(transport) = &mut self.transport else {
            self.inbound.out.clear();
            return true;
        };
        match transport.poll_send(context, &mut self.inbound.out) {
            Poll::Ready(Ok(())) => {
                self.blocked_until = None;
                true
            }
            Poll::Ready(Err(_)) if self.survive() => true,
            Poll::Ready(Err(_)) => {
                self.goodbye = Farewell::Impossible;
                self.lose(DisconnectReason::TransportLost);
                false
            }
            Poll::Pending if self.inbound.stage == Stage::Ended(DisconnectReason::SlowReceiver) => {
                // Its queue was full, and it still does not read.
                self.goodbye = Farewell::Impossible;
                false
            }
            Poll::Pending => {
                if self.blocked_until.is_none() {
                    let limit = self.inbound.dispatch.core().options.transport_send_timeout;
                    self.blocked_until = Some(Instant::now() + limit);
                }
                false
            }
        }
    }

    /// Ends without a word of the hub protocol: nobody would hear it.
    pub(super) fn lose(&mut self, reason: DisconnectReason) {
        if !self.inbound.has_ended() {
            self.inbound.stage = Stage::Ended(reason);
        }
    }

    /// Handles what is due. Whether there was anything.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> bool {
        let mut fired = false;
        while self.timer.as_mut().poll(context).is_ready() {
            fired = true;
            let now = Instant::now();
            self.handle_resumption_timeout(now);
            if self.blocked_until.is_some_and(|limit| limit <= now) && !self.survive() {
                self.goodbye = Farewell::Impossible;
                self.lose(DisconnectReason::SlowReceiver);
            }
            self.handle_absence(context, now);
            self.handle_expiration(now);
            self.inbound.handle_timeout(now);
            let next = self.deadline(context);
            self.timer.as_mut().reset(next.unwrap_or(now + LONG));
            if self.inbound.has_ended() {
                break;
            }
        }
        fired
    }

    /// Gives up a transport whose peer has stayed away for too long, whether or
    /// not anything would be read from it now.
    fn handle_absence(&mut self, context: &mut Context<'_>, now: Instant) {
        let limit = self.transport_deadline(context);
        if limit.is_some_and(|limit| limit <= now) && !self.inbound.has_ended() {
            self.goodbye = Farewell::Impossible;
            self.inbound.handle_end_of_input(false);
        }
    }

    /// Brings the timer forward when a deadline is nearer than it; one that
    /// moves away is found when it fires. Whether it went off at once.
    fn rearm(&mut self, context: &mut Context<'_>) -> bool {
        match self.deadline(context) {
            Some(deadline) if deadline < self.timer.deadline() => {
                self.timer.as_mut().reset(deadline);
                self.poll_timer(context)
            }
            _ => false,
        }
    }

    fn deadline(&self, context: &mut Context<'_>) -> Option<Instant> {
        let machine = self.inbound.machine.poll_timeout().map(Instant::from_std);
        machine
            .into_iter()
            .chain(self.blocked_until)
            .chain(self.expires)
            .chain(self.transport_deadline(context))
            .chain(self.resumable.iter().flat_map(|it| it.deadlines()))
            .min()
    }

    fn transport_deadline(&self, context: &mut Context<'_>) -> Option<Instant> {
        let transport = self.transport.as_ref();
        transport.and_then(|transport| transport.deadline(context))
    }

    /// Says goodbye and lets the hub know.
    async fn finish(self) {
        let Self {
            inbound,
            transport,
            goodbye,
            resumable,
            membership,
            ..
        } = self;
        let Inbound {
            dispatch,
            session,
            calls,
            stage,
            connecting,
            machine,
            ..
        } = inbound;
        let Stage::Ended(reason) = stage else {
            unreachable!("a running connection never finishes")
        };
        if reason == DisconnectReason::SlowReceiver {
            dispatch.core().slow_receivers.count_disconnected();
        }
        // Whoever waits for the client learns of the end, and uploads fail.
        drop(resumable);
        let protocol = machine.protocol();
        let line = Line::left_by(&reason, calls, &dispatch, &session, protocol);
        session.mark_aborted();
        if let Some(line) = line {
            tokio::spawn(line.run());
        }
        let leave = async {
            if let (Farewell::Owed(goodbye), Some(transport)) = (goodbye, transport) {
                transport.close(goodbye, &dispatch.core().options).await;
            }
        };
        tracing::debug!(connection = %session.id(), ?reason, "connection ended");
        let tell = async {
            // A hook that succeeds after all has its counterpart run, too.
            if let Some(hook) = connecting
                && hook.succeeds().await
            {
                session.mark_connected();
            }
            if session.has_connected() {
                let hook = dispatch.disconnected(&session, reason);
                hooks::run_disconnected(hook, &session).await;
            }
            drop(membership);
        };
        tokio::join!(leave, tell);
    }
}
