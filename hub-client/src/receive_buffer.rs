//! How much of what the server sent may wait for the application.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the bytes of calls and items that handlers and streams have not
/// taken yet. While it is full, nothing is read from the transport, so that
/// the server has to slow down.
#[derive(Debug)]
pub(crate) struct ReceiveBuffer {
    limit: usize,
    used: AtomicUsize,
    freed: Notify,
}

/// What keeping one message costs beside its bytes: places in queues, names.
const OVERHEAD: usize = 128;

impl ReceiveBuffer {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            freed: Notify::new(),
        }
    }

    /// Counts one message of `len` bytes until the charge is dropped. It is
    /// taken even when that is too much: it has been read already.
    pub(crate) fn charge(self: &Arc<Self>, len: usize) -> Charge {
        let cost = len.saturating_add(OVERHEAD);
        self.used.fetch_add(cost, Ordering::AcqRel);
        Charge {
            buffer: Arc::clone(self),
            cost,
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.used.load(Ordering::Acquire) >= self.limit
    }

    /// Waits for space; returns at once if some was freed since the last wait.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }
}

/// A message that waits for the application.
#[derive(Debug)]
pub(crate) struct Charge {
    buffer: Arc<ReceiveBuffer>,
    cost: usize,
}

impl Drop for Charge {
    fn drop(&mut self) {
        let before = self.buffer.used.fetch_sub(self.cost, Ordering::AcqRel);
        let limit = self.buffer.limit;
        if before >= limit && before - self.cost < limit {
            self.buffer.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn space_is_freed_by_dropping_charges() {
        let buffer = Arc::new(ReceiveBuffer::new(1000));
        let charge = buffer.charge(500);
        assert!(!buffer.is_full());
        let second = buffer.charge(500);
        assert!(buffer.is_full());
        drop(charge);
        buffer.freed().await;
        assert!(!buffer.is_full());
        drop(second);
        assert_eq!(buffer.used.load(Ordering::Acquire), 0);
    }
}
