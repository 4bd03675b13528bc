//! When to try again after a connection is lost.

use std::time::Duration;

/// Decides whether and when to try again.
///
/// Asked before each attempt. It is implemented for arrays and vectors of
/// delays and for functions.
///
/// ```
/// use std::time::Duration;
/// use hub_client::{HubConnection, ReconnectContext};
///
/// // For ever, with growing pauses of at most a minute.
/// let for_ever = |context: &ReconnectContext<'_>| {
///     let seconds = 2_u64.saturating_pow(context.previous_attempts).min(60);
///     Some(Duration::from_secs(seconds))
/// };
/// let connection = HubConnection::builder("http://localhost:5000/chat")
///     .reconnect_policy(for_ever)
///     .build()?;
/// # Ok::<(), hub_client::BuildError>(())
/// ```
pub trait ReconnectPolicy: Send + Sync + 'static {
    /// How long to wait before the next attempt; `None` gives up.
    ///
    /// A panic counts as `None`.
    fn next_delay(&self, context: &ReconnectContext<'_>) -> Option<Duration>;
}

/// What a [`ReconnectPolicy`] may base its decision on.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReconnectContext<'a> {
    /// How many attempts have failed since the connection was lost.
    pub previous_attempts: u32,
    /// How long ago the connection was lost.
    pub elapsed: Duration,
    /// Why the connection was lost, then why the last attempt failed.
    pub reason: &'a (dyn std::error::Error + Send + Sync + 'static),
}

/// The delays of the reference clients.
pub(crate) const DEFAULT_DELAYS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

impl<const N: usize> ReconnectPolicy for [Duration; N] {
    fn next_delay(&self, context: &ReconnectContext<'_>) -> Option<Duration> {
        nth(self, context)
    }
}

impl ReconnectPolicy for Vec<Duration> {
    fn next_delay(&self, context: &ReconnectContext<'_>) -> Option<Duration> {
        nth(self, context)
    }
}

impl<F> ReconnectPolicy for F
where
    F: Fn(&ReconnectContext<'_>) -> Option<Duration> + Send + Sync + 'static,
{
    fn next_delay(&self, context: &ReconnectContext<'_>) -> Option<Duration> {
        self(context)
    }
}

fn nth(delays: &[Duration], context: &ReconnectContext<'_>) -> Option<Duration> {
    delays
        .get(usize::try_from(context.previous_attempts).ok()?)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectionEnd;

    #[test]
    fn the_default_tries_four_times() {
        let delay = |previous_attempts| {
            DEFAULT_DELAYS.next_delay(&ReconnectContext {
                previous_attempts,
                elapsed: Duration::ZERO,
                reason: &ConnectionEnd::EndOfTransport,
            })
        };
        assert_eq!(
            (0..5)
                .map(|n| delay(n).map(|delay| delay.as_secs()))
                .collect::<Vec<_>>(),
            [Some(0), Some(2), Some(10), Some(30), None]
        );
    }
}
