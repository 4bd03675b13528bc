//! Losing a transport without losing the connection, and going on with another.

use std::sync::Arc;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::task::{ConnectionTask, Farewell};
use super::transport_slot::{Replacement, TransportSlot};
use crate::DisconnectReason;
use crate::transport::{Goodbye, Transport};

/// How long something may wait for the client to acknowledge what was sent
/// before. Bounds how long a client that never does holds up its senders.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection's task has beside the others with stateful reconnect.
pub(super) struct Resumable<T> {
    slot: Arc<TransportSlot<T>>,
    /// Until when another transport may come.
    lost_until: Option<Instant>,
    /// Until when something waits for an acknowledgement.
    blocked_until: Option<Instant>,
}

impl<T> Resumable<T> {
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        self.lost_until.into_iter().chain(self.blocked_until)
    }
}

impl<T> Drop for Resumable<T> {
    fn drop(&mut self) {
        self.slot.end();
    }
}

impl<T: Transport> ConnectionTask<T> {
    /// Lets other transports take the place of this one, if the client's hub
    /// protocol knows how.
    pub(crate) fn resumable(mut self, slot: Arc<TransportSlot<T>>) -> Self {
        self.inbound.enable_stateful_reconnect();
        self.resumable = Some(Box::new(Resumable {
            slot,
            lost_until: None,
            blocked_until: None,
        }));
        self
    }

    /// Goes on with a transport that was offered, whatever became of the old.
    pub(super) fn poll_replacement(&mut self, context: &mut Context<'_>) {
        let is_resumable = self.inbound.machine.is_resumable();
        let Some(resumable) = &mut self.resumable else {
            return;
        };
        if self.inbound.has_ended() {
            return resumable.slot.end();
        }
        let Some(Replacement {
            transport,
            principal,
        }) = resumable.slot.take(context, is_resumable)
        else {
            return;
        };
        if self.transport.is_some() && !self.detach(Leave::Politely) {
            return;
        }
        if let Some(principal) = principal {
            self.inbound.session.renew_principal(principal);
            self.watch_expiration();
        }
        self.transport = Some(transport);
        if let Some(resumable) = &mut self.resumable {
            resumable.lost_until = None;
        }
        self.inbound.attach_transport();
    }

    /// Whether the connection waits for another transport, now that this one is
    /// gone without a goodbye.
    pub(super) fn survive(&mut self) -> bool {
        !self.inbound.has_ended() && self.detach(Leave::Silently)
    }

    fn detach(&mut self, leave: Leave) -> bool {
        let is_between_frames = self.inbound.out.is_empty();
        let Some(resumable) = &mut self.resumable else {
            return false;
        };
        if !self.inbound.detach_transport() {
            return false;
        }
        let options = &self.inbound.dispatch.core().options;
        resumable.lost_until = Some(Instant::now() + options.disconnect_timeout);
        resumable.blocked_until = None;
        self.blocked_until = None;
        if let Some(old) = self.transport.take()
            && leave == Leave::Politely
            && is_between_frames
        {
            let dispatch = self.inbound.dispatch.clone();
            tokio::spawn(async move { old.close(Goodbye::Say, &dispatch.core().options).await });
        }
        true
    }

    /// Watches how long something waits for an acknowledgement. Without a
    /// transport none can come, and the other limit counts.
    pub(super) fn watch_acknowledgements(&mut self) {
        let Some(resumable) = &mut self.resumable else {
            return;
        };
        let waits = self.inbound.is_send_blocked()
            && self.transport.is_some()
            && self.inbound.has_something_to_send();
        if !waits {
            resumable.blocked_until = None;
        } else if resumable.blocked_until.is_none() {
            resumable.blocked_until = Some(Instant::now() + ACK_TIMEOUT);
        }
    }

    /// Ends what has waited for too long.
    pub(super) fn handle_resumption_timeout(&mut self, now: Instant) {
        let Some(resumable) = &mut self.resumable else {
            return;
        };
        if resumable.lost_until.is_some_and(|limit| limit <= now) {
            resumable.lost_until = None;
            self.goodbye = Farewell::Impossible;
            self.inbound.handle_end_of_input(false);
        } else if resumable.blocked_until.is_some_and(|limit| limit <= now) {
            resumable.blocked_until = None;
            self.lose(DisconnectReason::SlowReceiver);
        }
    }
}

/// How to part from a transport.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// It is gone.
    Silently,
    /// With a goodbye whose answer nobody listens to.
    Politely,
}
