//! The deadlines of one connection.

use std::time::{Duration, Instant};

/// Every deadline; `None` is not running.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timers {
    /// By when the handshake must be complete.
    pub(super) handshake: Option<Instant>,
    /// When the next Ping is due.
    pub(super) keep_alive: Option<Instant>,
    /// By when the peer must have sent something.
    pub(super) peer: Option<Instant>,
}

impl Timers {
    /// The earliest deadline of an open connection.
    pub(super) fn next_when_open(&self) -> Option<Instant> {
        earliest(self.keep_alive, self.peer)
    }
}

/// The earlier of two deadlines, as far as they are running.
pub(super) fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Whether `deadline` is running and over.
pub(super) fn is_over(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|deadline| now >= deadline)
}

/// `delay` from `now`; `None` when there is no delay, or one that reaches
/// beyond what the clock can count.
pub(super) fn after(now: Instant, delay: impl Into<Option<Duration>>) -> Option<Instant> {
    now.checked_add(delay.into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_running_deadline_is_next() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut timers = Timers::default();
        assert_eq!(timers.next_when_open(), None);
        timers.peer = after(now, second * 2);
        assert_eq!(timers.next_when_open(), Some(now + second * 2));
        timers.keep_alive = after(now, second);
        assert_eq!(timers.next_when_open(), Some(now + second));
    }

    #[test]
    fn a_delay_beyond_the_clock_never_ends() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::MAX), None);
        assert!(!is_over(None, now));
        assert!(is_over(Some(now), now));
    }
}
