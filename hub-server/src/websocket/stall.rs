//! How long a peer may take nothing of what waits for it.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::keep_alive::Timer;
use super::outbox::Side;

/// Watches writing while it is blocked; costs nothing before.
#[derive(Debug)]
pub(super) struct Stall {
    timeout: Option<Duration>,
    since: Option<Since>,
    /// For each task that may wait.
    timers: [Timer; 2],
}

#[derive(Clone, Copy, Debug)]
struct Since {
    written: u64,
    until: Option<Instant>,
}

impl Stall {
    pub(super) fn new(timeout: Option<Duration>) -> Self {
        Self {
            timeout,
            since: None,
            timers: Default::default(),
        }
    }

    /// Nothing waits any more.
    pub(super) fn clear(&mut self) {
        self.since = None;
    }

    /// Writing is blocked, after so many bytes. Ready when that has been the case
    /// for too long.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, side: Side, written: u64) -> Poll<()> {
        let Some(timeout) = self.timeout else {
            return Poll::Pending;
        };
        let since = match self.since {
            Some(since) if since.written == written => since,
            _ => Since {
                written,
                until: Instant::now().checked_add(timeout),
            },
        };
        self.since = Some(since);
        match since.until {
            Some(until) => self.timers[side as usize].poll(cx, until),
            None => Poll::Pending,
        }
    }
}
