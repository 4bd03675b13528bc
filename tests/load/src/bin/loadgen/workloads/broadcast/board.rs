//! What the threads of a run know of the messages under way.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::run::Options;

/// What the threads share about the messages under way.
pub(super) struct Board {
    /// 0: everyone is one audience that is reached by Broadcast.
    pub(super) groups: usize,
    pub(super) members: Vec<u32>,
    pub(super) window: u64,
    /// Receptions so far, by audience and message number modulo `ring`.
    pub(super) seen: Vec<AtomicU32>,
    pub(super) ring: u64,
    /// Fully delivered messages, by audience.
    pub(super) complete: Vec<AtomicU64>,
    /// How many messages each audience's sender may send in all.
    pub(super) limit: AtomicU64,
    pub(super) joined: AtomicU64,
    pub(super) sent: AtomicU64,
    pub(super) call_errors: AtomicU64,
}

impl Board {
    pub(super) fn new(o: &Options, groups: usize) -> Board {
        let audiences = groups.max(1);
        let members = (0..audiences)
            .map(|g| ((o.conns + audiences - 1 - g) / audiences) as u32)
            .collect();
        let ring = if o.window == 0 {
            o.count + o.warmup_count
        } else {
            (o.window * 4).max(1024)
        };
        Board {
            groups,
            members,
            window: o.window,
            seen: (0..audiences as u64 * ring)
                .map(|_| AtomicU32::new(0))
                .collect(),
            ring,
            complete: (0..audiences).map(|_| AtomicU64::new(0)).collect(),
            limit: AtomicU64::new(0),
            joined: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            call_errors: AtomicU64::new(0),
        }
    }

    pub(super) fn all_complete(&self) -> u64 {
        self.complete.iter().map(|c| c.load(Relaxed)).sum()
    }
}
