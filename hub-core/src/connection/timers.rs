//! The clocks of one connection.

use std::time::{Duration, Instant};

/// Every clock; `None` is not running.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timers {
    /// By when the handshake must be complete.
    pub(super) handshake: Option<Instant>,
    /// When the next Ping is due.
    pub(super) keep_alive: Option<Instant>,
    /// Since when the peer has been silent. Not the deadline that follows from
    /// it, since every message sets it and few ask for the deadline.
    pub(super) silent_since: Option<Instant>,
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
        let later = now + Duration::from_secs(1);
        assert_eq!(earliest(None, None), None);
        assert_eq!(earliest(Some(later), None), Some(later));
        assert_eq!(earliest(Some(later), Some(now)), Some(now));
    }

    #[test]
    fn a_delay_beyond_the_clock_never_ends() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::MAX), None);
        assert!(!is_over(None, now));
        assert!(is_over(Some(now), now));
    }
}
