//! Where a connection with stateful reconnect is given its next transport.

use std::sync::Arc;
use std::task::{Context, Waker};

use parking_lot::Mutex;

use crate::Principal;

/// A transport that takes the place of another one.
pub(crate) struct Replacement<T> {
    pub(crate) transport: T,
    /// Who came with it: the same user, perhaps with newer claims.
    pub(crate) principal: Option<Principal>,
}

/// Shared by the connection's task and the requests that name its token.
pub(crate) struct TransportSlot<T>(Mutex<State<T>>);

struct State<T> {
    phase: SlotPhase,
    /// The newest; an older one that was not taken up is dropped.
    offered: Option<Replacement<T>>,
    task: Option<Waker>,
}

/// Whether another transport is welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotPhase {
    /// Not, before the handshake and when the client does not know how.
    Bound,
    Resumable,
    /// The connection has ended.
    Ended,
}

impl<T> TransportSlot<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            phase: SlotPhase::Bound,
            offered: None,
            task: None,
        })))
    }

    pub(crate) fn phase(&self) -> SlotPhase {
        self.0.lock().phase
    }

    /// Hands a transport over; drops it when the connection has ended.
    pub(crate) fn offer(&self, replacement: Replacement<T>) {
        let mut state = self.0.lock();
        if state.phase != SlotPhase::Resumable {
            return;
        }
        let superseded = state.offered.replace(replacement);
        let waker = state.task.take();
        drop(state);
        drop(superseded);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what was offered, or has the task woken when something is.
    pub(super) fn take(
        &self,
        context: &mut Context<'_>,
        is_resumable: bool,
    ) -> Option<Replacement<T>> {
        let mut state = self.0.lock();
        state.phase = if is_resumable {
            SlotPhase::Resumable
        } else {
            SlotPhase::Bound
        };
        let offered = state.offered.take();
        if !state
            .task
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            state.task = Some(context.waker().clone());
        }
        offered
    }

    pub(super) fn end(&self) {
        let mut state = self.0.lock();
        state.phase = SlotPhase::Ended;
        state.task = None;
        let offered = state.offered.take();
        drop(state);
        drop(offered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(transport: u8) -> Replacement<u8> {
        Replacement {
            transport,
            principal: None,
        }
    }

    #[test]
    fn the_newest_offer_counts_and_none_after_the_end() {
        let slot = TransportSlot::new();
        let context = &mut Context::from_waker(Waker::noop());
        slot.offer(replacement(0));
        assert!(slot.take(context, true).is_none());
        slot.offer(replacement(1));
        slot.offer(replacement(2));
        let taken = slot.take(context, true).map(|taken| taken.transport);
        assert_eq!(taken, Some(2));
        slot.end();
        slot.offer(replacement(3));
        assert_eq!(slot.phase(), SlotPhase::Ended);
        assert!(slot.0.lock().offered.is_none());
    }
}
