//! Ending a connection in good order when the server stops.

use super::inbound::{Inbound, Stage};
use crate::DisconnectReason;

impl Inbound {
    /// Ends a connection that was asked to leave and owes nothing any more. By
    /// way of the queue, which takes nothing from then on: what was taken before
    /// is delivered before the Close message.
    pub(super) fn leave_when_done(&self) {
        if self.leaving && self.owes_nothing() {
            self.session.outbox().end(DisconnectReason::Shutdown);
        }
    }

    pub(super) fn owes_nothing(&self) -> bool {
        match self.stage {
            Stage::Handshake => true,
            Stage::Open => self.calls.is_idle(),
            Stage::Connecting | Stage::Ended(_) => false,
        }
    }
}
