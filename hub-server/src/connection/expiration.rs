//! Ending a connection when its user's authentication does.

use std::time::SystemTime;

use tokio::time::Instant;

use super::task::ConnectionTask;
use crate::transport::Transport;
use crate::{DisconnectReason, HubOptions};

impl<T: Transport> ConnectionTask<T> {
    /// Looks anew at how long the user's authentication lasts.
    pub(super) fn watch_expiration(&mut self) {
        let options = &self.inbound.dispatch.core().options;
        let expires_at = self.inbound.session.expires_at();
        self.expires = expiration(options, expires_at, Instant::now());
    }

    /// Ends what has expired.
    pub(super) fn handle_expiration(&mut self, now: Instant) {
        if self.expires.is_some_and(|expires| expires <= now) {
            self.expires = None;
            self.inbound.end(DisconnectReason::AuthenticationExpired);
        }
    }
}

/// The clock's time of expiry as a deadline, once: later changes of the clock
/// move nothing.
pub(crate) fn expiration(
    options: &HubOptions,
    expires_at: Option<SystemTime>,
    now: Instant,
) -> Option<Instant> {
    if !options.close_on_authentication_expiration {
        return None;
    }
    let left = expires_at?.duration_since(SystemTime::now());
    // One in the past is over now; one too far away for the timer never ends.
    now.checked_add(left.unwrap_or_default())
}
