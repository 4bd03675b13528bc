//! The hub's connected and disconnected hooks around the life of a connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::connection::CloseReason;

use super::detached::panicked;
use super::outbox::Item;
use super::session::Session;
use crate::dispatch::HookFuture;
use crate::{DisconnectReason, HubError};

/// Polls the connected hook once. If it does not end at once it goes on in a
/// task of its own, which reports through the outbox.
pub(super) fn start_connected(
    context: &mut Context<'_>,
    mut hook: HookFuture,
    session: &Arc<Session>,
) -> Poll<Result<(), HubError>> {
    let polled = poll_hook(&mut hook, context);
    if polled.is_pending() {
        let session = session.clone();
        tokio::spawn(async move {
            let result = std::future::poll_fn(|context| poll_hook(&mut hook, context)).await;
            // A connection that has ended meanwhile wants no news.
            let _ = session.outbox().notify(Item::Connected(result));
        });
    }
    polled
}

/// Runs the disconnected hook to its end; its error is the server's own affair.
pub(super) async fn run_disconnected(mut hook: HookFuture, session: &Session) {
    let result = std::future::poll_fn(|context| poll_hook(&mut hook, context)).await;
    if let Err(error) = result {
        tracing::warn!(connection = %session.id(), %error, "on_disconnected failed");
    }
}

fn poll_hook(hook: &mut HookFuture, context: &mut Context<'_>) -> Poll<Result<(), HubError>> {
    catch_unwind(AssertUnwindSafe(|| hook.as_mut().poll(context)))
        .unwrap_or_else(|_| Poll::Ready(Err(panicked())))
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
