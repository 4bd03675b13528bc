//! Stateful reconnect on the hub's side of a connection: everything trackable
//! passes the machine's message buffer where it meets the wire.

use std::mem;

use hub_core::EncodeError;
use hub_core::protocol::HubProtocol;
use hub_core::serialized::EncodedMessage;

use super::held::HeldMessages;
use super::inbound::Inbound;
use crate::dispatch::ReplySink;

impl Inbound {
    /// Lets the connection outlive its transport, if the client knows how.
    pub(super) fn enable_stateful_reconnect(&mut self) {
        let limit = self.dispatch.core().options.stateful_reconnect_buffer_size;
        self.machine.enable_stateful_reconnect(limit);
        self.held = Some(Box::default());
    }

    /// Writes a trackable message, or holds it while the buffer is full.
    pub(super) fn send(&mut self, message: &EncodedMessage) {
        if self.held.is_none() || !self.machine.is_resumable() {
            return self.out.shared(message);
        }
        if self.is_send_blocked() {
            if let Some(held) = &mut self.held {
                held.push(message.clone());
            }
            return;
        }
        self.send_tracked(message);
    }

    fn send_tracked(&mut self, message: &EncodedMessage) {
        let now = self.now.into_std();
        if self.machine.send_record(&message.to_record(), now) {
            self.out.shared(message);
        }
    }

    /// Whether messages wait for an acknowledgement.
    pub(super) fn is_send_blocked(&self) -> bool {
        let is_holding = |held: &HeldMessages| !held.is_empty();
        self.held.as_deref().is_some_and(is_holding) || self.machine.is_send_blocked()
    }

    /// Sends what was held, as far as the buffer has room again.
    pub(super) fn send_held(&mut self) {
        while self.out.has_room()
            && !self.machine.is_send_blocked()
            && let Some(message) = self.held.as_mut().and_then(|held| held.pop())
        {
            self.send_tracked(&message);
        }
    }

    /// Writes what is held all the same: after the end nothing is acknowledged
    /// and nothing sent again.
    pub(super) fn release_held(&mut self) {
        while let Some(message) = self.held.as_mut().and_then(|held| held.pop()) {
            self.out.shared(&message);
        }
    }

    /// Whether there is no bound on what is read because of answers that wait.
    pub(super) fn may_hold_more(&self) -> bool {
        let limit = self.dispatch.core().options.maximum_waiting_bytes;
        self.held
            .as_ref()
            .is_none_or(|held| held.answer_bytes() < limit)
    }

    /// How many bytes of calls may wait. A client whose acknowledgement is
    /// awaited may have sent a buffer's worth of calls before it.
    pub(super) fn waiting_limit(&self) -> usize {
        let options = &self.dispatch.core().options;
        let ahead_of_the_ack = match self.held {
            Some(_) => options.stateful_reconnect_buffer_size,
            None => 0,
        };
        options
            .maximum_waiting_bytes
            .saturating_add(ahead_of_the_ack)
    }

    /// Carries out what is queued, unless it has to wait; the end never waits.
    pub(super) fn take_queue(&mut self) {
        self.take_outbox();
        if let Some(held) = &mut self.held {
            held.mark_queue();
        }
    }

    /// Whether anything would be sent now if it did not have to wait.
    pub(super) fn has_something_to_send(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.is_empty())
            || self.session.outbox().is_occupied()
            || self.calls.waiting_bytes() > 0
    }

    /// Whether what is queued may be carried out; the end always may, and what
    /// comes before it.
    pub(super) fn accepts_queue(&self) -> bool {
        let outbox = self.session.outbox();
        (self.out.has_room() && !self.is_send_blocked())
            || outbox.is_ending()
            || (outbox.is_leaving() && self.owes_nothing())
    }

    /// The transport is gone, and so is everything that was on its way. Whether
    /// the connection waits for another one.
    pub(super) fn detach_transport(&mut self) -> bool {
        if self.held.is_none() || !self.machine.handle_transport_lost() {
            return false;
        }
        self.out.clear();
        self.forget_input();
        true
    }

    /// Goes on with another transport.
    pub(super) fn attach_transport(&mut self) {
        self.machine.handle_transport_resumed();
        self.transmit();
    }
}

/// Encodes an answer that does not go straight into the connection's buffer.
pub(super) struct Aside<'p> {
    protocol: &'p dyn HubProtocol,
    pub(super) message: Option<EncodedMessage>,
}

impl<'p> Aside<'p> {
    pub(super) fn new(protocol: &'p dyn HubProtocol) -> Self {
        Self {
            protocol,
            message: None,
        }
    }

    pub(super) fn take(&mut self) -> Option<EncodedMessage> {
        mem::take(&mut self.message)
    }
}

impl ReplySink for Aside<'_> {
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.message = Some(EncodedMessage::encode(self.protocol, write)?);
        Ok(())
    }
}
