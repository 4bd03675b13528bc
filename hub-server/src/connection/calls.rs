//! What is going on between a connection and its hub: calls that run or wait,
//! streams from the client, and questions to it.

use std::collections::{HashMap, VecDeque};

use hub_core::Invocation;
use hub_core::connection::{OpenStreams, RunningInvocations};
use tokio_util::sync::CancellationToken;

use super::ask::{Ask, Reply};
use crate::dispatch::{CallId, Upload};

/// The tables of one connection; empty ones own no memory.
pub(crate) struct Calls {
    next: u64,
    /// Calls and streams that run in tasks of their own.
    running: usize,
    slots: usize,
    /// The plain calls that hold a slot.
    holders: Vec<CallId>,
    /// Plain calls that wait for a slot, in order.
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// Calls that the client can cancel, by invocation id.
    pub(crate) cancellable: RunningInvocations<Cancellable>,
    pub(crate) uploads: OpenStreams<Upload>,
    questions: HashMap<Box<str>, Reply>,
}

/// A call that can be cancelled.
pub(crate) struct Cancellable {
    pub(crate) call: CallId,
    pub(crate) token: CancellationToken,
}

/// A plain call whose arguments fit, in front of a busy slot.
pub(crate) struct Waiting {
    pub(crate) invocation: Invocation<'static>,
    /// The client cancelled it before it started.
    pub(crate) cancelled: bool,
}

impl Waiting {
    /// Everything that it holds: any part of it may be the long one.
    fn cost(&self) -> usize {
        let call = &self.invocation;
        let streams = call.stream_ids.iter();
        size_of::<Self>()
            + call.arguments.as_encoded().as_bytes().len()
            + call.target.len()
            + call.invocation_id.as_ref().map_or(0, |id| id.len())
            + streams.map(|id| size_of_val(id) + id.len()).sum::<usize>()
    }
}

impl Calls {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            next: 0,
            running: 0,
            slots,
            holders: Vec::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            cancellable: RunningInvocations::new(),
            uploads: OpenStreams::new(),
            questions: HashMap::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> CallId {
        self.next += 1;
        CallId(self.next)
    }

    /// How many calls and streams run in tasks of their own.
    pub(crate) fn running(&self) -> usize {
        self.running
    }

    /// Whether no call or stream runs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.running == 0 && self.waiting.is_empty()
    }

    /// Notes that a call goes on in a task of its own, which will tell its end.
    pub(crate) fn detach(&mut self) {
        self.running += 1;
    }

    /// Whether a plain call may start now; those that wait come first.
    pub(crate) fn has_free_slot(&self) -> bool {
        self.waiting.is_empty() && self.holders.len() < self.slots
    }

    pub(crate) fn hold_slot(&mut self, call: CallId) {
        self.holders.push(call);
    }

    pub(crate) fn release_slot(&mut self, call: CallId) {
        self.holders.retain(|holder| *holder != call);
    }

    pub(crate) fn wait(&mut self, invocation: Invocation<'static>) {
        let waiting = Waiting {
            invocation,
            cancelled: false,
        };
        self.waiting_bytes += waiting.cost();
        self.waiting.push_back(waiting);
    }

    /// Whether plain calls wait for a slot.
    pub(crate) fn has_line(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Lets go of everything that needs the client.
    pub(crate) fn forget_client(&mut self) {
        self.cancellable = RunningInvocations::new();
        self.uploads = OpenStreams::new();
        self.questions = HashMap::new();
    }

    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// The next call in line, if there is a slot for it.
    pub(crate) fn next_waiting(&mut self) -> Option<Waiting> {
        if self.holders.len() >= self.slots {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.waiting_bytes -= next.cost();
        Some(next)
    }

    /// Cancels the call or stream with this id, whether it runs or waits. A call
    /// that waits keeps its turn.
    pub(crate) fn cancel(&mut self, id: &str) {
        if let Some(running) = self.cancellable.get(id) {
            running.token.cancel();
        } else if let Some(waiting) = self
            .waiting
            .iter_mut()
            .find(|waiting| waiting.invocation.invocation_id.as_deref() == Some(id))
        {
            waiting.cancelled = true;
        }
    }

    /// Strikes everything of a call whose task has ended.
    pub(crate) fn finish_detached(&mut self, call: CallId) {
        self.running -= 1;
        self.finish(call);
    }

    /// Strikes everything of a call that has ended.
    pub(crate) fn finish(&mut self, call: CallId) {
        self.release_slot(call);
        self.cancellable.retain(|running| running.call != call);
        self.uploads.retain(|upload| upload.call != call);
    }

    pub(crate) fn question(&mut self, ask: Ask) {
        self.questions.insert(ask.id, ask.reply);
    }

    pub(crate) fn take_question(&mut self, id: &str) -> Option<Reply> {
        self.questions.remove(id)
    }
}

#[cfg(test)]
mod tests {
    use hub_core::{Arguments, EncodedValue, Encoding, Headers};

    use super::*;

    #[test]
    fn every_part_of_a_call_in_line_counts() {
        let call = |id: &str, streams: usize| Invocation {
            headers: Headers::new(),
            invocation_id: Some(id.to_owned().into()),
            target: "Method".into(),
            arguments: Arguments::new(EncodedValue::new(Encoding::Json, b"[]".as_slice())),
            stream_ids: vec!["".into(); streams],
        };
        let cost = |call| {
            let mut calls = Calls::new(0);
            calls.wait(call);
            calls.waiting_bytes()
        };
        let least = cost(call("", 0));
        assert_eq!(cost(call(&"long".repeat(1000), 0)), least + 4000);
        assert!(cost(call("", 1000)) >= least + 16_000);
    }
}
