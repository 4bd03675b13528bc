//! What a client sends for calls that run: items of its uploads, their ends, and
//! answers to questions.

use std::task::{Context, Poll};

use hub_core::{Completion, EncodedValue, Outcome, StreamItem};

use super::inbound::{Inbound, Stage};
use crate::DisconnectReason;
use crate::dispatch::UploadEnd;

impl Inbound {
    pub(super) fn handle_item(&mut self, context: &mut Context<'_>, item: StreamItem<'_>) {
        if self
            .offer(context, &item.invocation_id, &item.item)
            .is_pending()
        {
            self.stalled = Some((item.invocation_id.into(), item.item.into_owned()));
        }
    }

    /// Hands an item to its stream, if there is such a stream. Pending: it has
    /// no room.
    fn offer(&mut self, context: &mut Context<'_>, id: &str, item: &EncodedValue<'_>) -> Poll<()> {
        let Some(upload) = self.calls.uploads.get_mut(id) else {
            return Poll::Ready(());
        };
        let room = upload.poll_room(context);
        if room.is_ready() && !upload.push(item) {
            self.calls.uploads.close(id);
        }
        room
    }

    pub(super) fn retry_stalled_item(&mut self, context: &mut Context<'_>) {
        let Some((id, item)) = self.stalled.take() else {
            return;
        };
        if self.offer(context, &id, &item).is_pending() {
            self.stalled = Some((id, item));
        }
    }

    pub(super) fn handle_completion(&mut self, completion: Completion<'_>) {
        let id = &completion.invocation_id;
        if let Some(upload) = self.calls.uploads.close(id) {
            upload.end(&match &completion.outcome {
                Outcome::Error(text) => UploadEnd::Error(text),
                Outcome::Empty | Outcome::Value(_) => UploadEnd::InOrder,
            });
        } else if let Some(reply) = self.calls.take_question(id) {
            // A second answer is like one to a question that was never asked.
            self.dispatch.core().close_question(id);
            reply.settle(completion.outcome);
        } else if self.dispatch.core().asked(id).is_some() {
            self.close_impostor(id);
        }
    }

    /// Ends a connection that answered what another one was asked.
    fn close_impostor(&mut self, invocation_id: &str) {
        let text = format!(
            "Connection ID '{}' is not valid for invocation ID '{invocation_id}'.",
            self.session.id()
        );
        self.machine
            .close_with_error("InvalidOperationException", &text);
        self.stage = Stage::Ended(DisconnectReason::Protocol(text));
        self.transmit();
    }
}
