//! The hub's connected and disconnected hooks around the life of a connection.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hub_core::connection::CloseReason;
use tokio::task::JoinHandle;

use super::detached::panicked;
use super::session::Session;
use crate::dispatch::HookFuture;
use crate::panics::contain;
use crate::{DisconnectReason, HubError};

/// A connected hook that did not end at once: it goes on in a task of its own,
/// and to its end whatever becomes of its connection.
pub(super) struct RunningHook(JoinHandle<Result<(), HubError>>);

impl RunningHook {
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), HubError>> {
        let joined = ready!(Pin::new(&mut self.0).poll(context));
        // Its panics are caught: what is left is a runtime that shuts down.
        Poll::Ready(joined.unwrap_or_else(|_| Err(panicked())))
    }

    /// Waits for the end of the hook. Whether it ended well.
    pub(super) async fn succeeds(mut self) -> bool {
        poll_fn(|context| self.poll(context)).await.is_ok()
    }
}

/// Starts the connected hook; one that does not end at once keeps running.
pub(super) fn start_connected(
    context: &mut Context<'_>,
    mut hook: HookFuture,
) -> Result<Result<(), HubError>, RunningHook> {
    match poll_hook(&mut hook, context) {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => Err(RunningHook(tokio::spawn(poll_fn(move |context| {
            poll_hook(&mut hook, context)
        })))),
    }
}

/// Runs the disconnected hook to its end; its error is the server's own affair.
pub(super) async fn run_disconnected(mut hook: HookFuture, session: &Session) {
    let result = poll_fn(|context| poll_hook(&mut hook, context)).await;
    if let Err(error) = result {
        tracing::warn!(connection = %session.id(), %error, "on_disconnected failed");
    }
}

fn poll_hook(hook: &mut HookFuture, context: &mut Context<'_>) -> Poll<Result<(), HubError>> {
    contain(|| hook.as_mut().poll(context)).unwrap_or_else(|| Poll::Ready(Err(panicked())))
}

pub(super) fn disconnect_reason(reason: &CloseReason) -> DisconnectReason {
    match reason {
        CloseReason::PeerClosed {
            error: Some(error), ..
        } => DisconnectReason::ClosedWithError(error.clone()),
        CloseReason::PeerClosed { error: None, .. } | CloseReason::EndOfInput => {
            DisconnectReason::Closed
        }
        CloseReason::PeerTimeout => DisconnectReason::Timeout,
        CloseReason::Local => DisconnectReason::Aborted,
        broken => DisconnectReason::Protocol(broken.to_string()),
    }
}
