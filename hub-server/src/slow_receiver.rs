//! Clients that do not read as fast as they are sent to.

use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of a client for which more is queued than
/// [`maximum_queued_bytes`](crate::HubOptions::maximum_queued_bytes), when a
/// send to many includes it. Whichever it is, nobody else waits for it.
///
/// A send to one client waits for room instead, and answers to a client's own
/// calls are never dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowReceiver {
    /// Its connection ends at once with
    /// [`DisconnectReason::SlowReceiver`](crate::DisconnectReason::SlowReceiver):
    /// it gets what its transport takes without waiting, at best all that was
    /// queued and a Close message that allows to reconnect. Whatever it does get
    /// is without gaps.
    #[default]
    Disconnect,
    /// It does not get that message, as long as there is no room. For messages
    /// that later ones make up for, such as positions and prices. A client that
    /// takes nothing at all ends after the
    /// [`transport_send_timeout`](crate::HubOptions::transport_send_timeout).
    DropMessages,
}

/// What slow receivers have cost since the hub was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlowReceiverCounts {
    /// Connections that ended because the client did not read, for a full queue
    /// or for a write that took too long.
    pub disconnected: u64,
    /// Messages that were dropped, counted once for each client that misses it.
    pub dropped_messages: u64,
}

/// Counts them.
#[derive(Debug, Default)]
pub(crate) struct SlowReceivers {
    disconnected: AtomicU64,
    dropped_messages: AtomicU64,
}

impl SlowReceivers {
    pub(crate) fn count_disconnected(&self) {
        self.disconnected.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_dropped(&self) {
        self.dropped_messages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> SlowReceiverCounts {
        SlowReceiverCounts {
            disconnected: self.disconnected.load(Ordering::Relaxed),
            dropped_messages: self.dropped_messages.load(Ordering::Relaxed),
        }
    }
}
