//! Calls that stood in line when their client left. They were sent before its
//! goodbye, so they are carried out all the same, one after the other; answers
//! have nobody to go to.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::protocol::HubProtocol;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::calls::{Calls, Waiting};
use super::detached::Detached;
use super::outbox::Item;
use super::session::Session;
use crate::dispatch::{Dispatch, NewCall, Running};
use crate::panics::contain;
use crate::{DisconnectReason, Shutdown};

pub(super) struct Line {
    dispatch: Arc<dyn Dispatch>,
    session: Arc<Session>,
    protocol: Arc<dyn HubProtocol>,
    calls: Calls,
    /// While this is held, the server does not stop.
    _counted: Option<TaskTrackerToken>,
}

impl Line {
    /// The line of a connection that ends; `None` if nobody stands in it, or it
    /// was the server that ended the connection. The ends of running calls are
    /// told to it from now on.
    pub(super) fn left_by(
        reason: &DisconnectReason,
        mut calls: Calls,
        dispatch: &Arc<dyn Dispatch>,
        session: &Arc<Session>,
        protocol: Option<&Arc<dyn HubProtocol>>,
    ) -> Option<Self> {
        let was_left = matches!(
            reason,
            DisconnectReason::Closed
                | DisconnectReason::ClosedWithError(_)
                | DisconnectReason::TransportLost
                | DisconnectReason::Protocol(_)
        );
        // It wakes the application's tasks.
        contain(|| calls.forget_client());
        if !was_left || !calls.has_line() {
            return None;
        }
        session.outbox().keep_count();
        Some(Self {
            dispatch: dispatch.clone(),
            session: session.clone(),
            protocol: protocol?.clone(),
            calls,
            _counted: dispatch
                .core()
                .options
                .shutdown
                .as_ref()
                .map(Shutdown::count),
        })
    }

    /// Lets one after the other run.
    pub(super) async fn run(mut self) {
        poll_fn(|context| self.poll(context)).await;
        self.session.outbox().stop_count();
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            for item in self.session.outbox().take().items {
                match item {
                    Item::Finished(call) => self.calls.finish_detached(call),
                    Item::ReleaseSlot(call) => self.calls.release_slot(call),
                    Item::Message(_) | Item::Ask(_) | Item::Forget(_) => {}
                }
            }
            while let Some(waiting) = self.calls.next_waiting() {
                self.start(&waiting);
            }
            if !self.calls.has_line() {
                return Poll::Ready(());
            }
            if self.session.outbox().park(context, true) {
                return Poll::Pending;
            }
        }
    }

    fn start(&mut self, waiting: &Waiting) {
        let call = &waiting.invocation;
        let Some(method) = self.dispatch.find(&call.target) else {
            return;
        };
        // Only plain calls stand in line, and those take no streams.
        if !call.stream_ids.is_empty() || !self.dispatch.is_authorized(method, &self.session) {
            return;
        }
        let id = self.calls.next_id();
        let started = self.dispatch.start(NewCall {
            method,
            arguments: &call.arguments,
            stream_ids: &[],
            session: &self.session,
            id,
        });
        // What fails has nobody to be told.
        let Ok(Running::Call(running)) = started.map(|started| started.running) else {
            return;
        };
        self.calls.hold_slot(id);
        self.calls.detach();
        Detached {
            session: self.session.clone(),
            protocol: self.protocol.clone(),
            call: id,
            invocation_id: None,
            method: self.dispatch.info(method).name,
            detailed_errors: false,
            // The line is.
            _counted: None,
        }
        .run_call(running);
    }
}
