use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// A timer that costs nothing until it is first waited for, and that is re-armed
/// only when it fires.
#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Waits for `deadline`, which usually has moved on since the last call.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// What a deadline of [`KeepAlive`] means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    Lost,
}

/// When to ask a silent peer for a sign of life, and when to give it up.
#[derive(Debug)]
pub(super) struct KeepAlive {
    interval: Duration,
    timeout: Option<Duration>,
    last_received: Instant,
    pinged: Option<Instant>,
}

impl KeepAlive {
    /// `None` if `interval` is zero.
    pub(super) fn new(interval: Duration, timeout: Option<Duration>, now: Instant) -> Option<Self> {
        (!interval.is_zero()).then_some(Self {
            interval,
            timeout,
            last_received: now,
            pinged: None,
        })
    }

    pub(super) fn handle_received(&mut self, now: Instant) {
        self.last_received = now;
        self.pinged = None;
    }

    /// `None` if it is too far away for the clock.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match (self.pinged, self.timeout) {
            (Some(pinged), Some(timeout)) => pinged.checked_add(timeout),
            (Some(pinged), None) => pinged.checked_add(self.interval),
            (None, _) => self.last_received.checked_add(self.interval),
        }
    }

    /// The deadline has passed.
    pub(super) fn handle_deadline(&mut self, now: Instant) -> Due {
        if self.pinged.is_some() && self.timeout.is_some() {
            return Due::Lost;
        }
        self.pinged = Some(now);
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn silence_is_met_with_a_ping_and_then_with_the_end() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10 * SECOND, Some(3 * SECOND), start).unwrap();
        keep_alive.handle_received(start + SECOND);
        assert_eq!(keep_alive.deadline(), Some(start + 11 * SECOND));
        assert_eq!(keep_alive.handle_deadline(start + 11 * SECOND), Due::Ping);
        assert_eq!(keep_alive.deadline(), Some(start + 14 * SECOND));
        keep_alive.handle_received(start + 12 * SECOND);
        assert_eq!(keep_alive.deadline(), Some(start + 22 * SECOND));
        assert_eq!(keep_alive.handle_deadline(start + 22 * SECOND), Due::Ping);
        assert_eq!(keep_alive.handle_deadline(start + 25 * SECOND), Due::Lost);
    }

    #[test]
    fn without_a_timeout_there_are_only_pings() {
        let start = Instant::now();
        let mut keep_alive = KeepAlive::new(10 * SECOND, None, start).unwrap();
        assert_eq!(keep_alive.handle_deadline(start + 10 * SECOND), Due::Ping);
        assert_eq!(keep_alive.deadline(), Some(start + 20 * SECOND));
        assert_eq!(keep_alive.handle_deadline(start + 20 * SECOND), Due::Ping);
        assert!(KeepAlive::new(Duration::ZERO, None, start).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_timer_follows_its_deadline_both_ways() {
        let start = Instant::now();
        let mut timer = Timer::default();
        let mut deadline = start + 5 * SECOND;
        let mut polls = 0;
        std::future::poll_fn(|cx| {
            polls += 1;
            if Instant::now() == start + 2 * SECOND {
                deadline = start + 9 * SECOND;
            } else if polls == 1 {
                assert!(timer.poll(cx, deadline).is_pending());
                deadline = start + 2 * SECOND;
            }
            timer.poll(cx, deadline)
        })
        .await;
        assert_eq!(start.elapsed(), 9 * SECOND);
    }
}
