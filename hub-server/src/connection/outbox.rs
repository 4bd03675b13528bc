//! The one queue through which everything from other tasks reaches a
//! connection's task: messages for the peer, and news about running calls.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use hub_core::serialized::EncodedMessage;
use parking_lot::{Mutex, MutexGuard};

use super::ask::Ask;
use crate::DisconnectReason;
use crate::dispatch::CallId;

/// What stands in the queue, in the order in which it takes effect.
pub(crate) enum Item {
    /// A message for the peer.
    Message(EncodedMessage),
    /// A message for the peer that wants an answer.
    Ask(Box<Ask>),
    /// Nobody waits for this answer any more.
    Forget(Box<str>),
    /// A call that waits for a client gives up its slot.
    ReleaseSlot(CallId),
    /// A call has ended; its completion, if any, stands right before this.
    Finished(CallId),
}

/// What became of a message that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Push {
    /// Queued.
    Accepted,
    /// Queued, and more than half of the room is taken.
    Crowded,
    /// Queued, and the queue is now full: wait for room before the next one.
    Full,
    /// Dropped: the connection has ended.
    Refused,
}

/// A queue bounded in bytes. The bound is kept by its users: a push is never
/// refused for it, but reports that the queue is full.
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Lets the task pass by an empty queue without taking the lock.
    occupied: AtomicBool,
    limit: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Item>,
    bytes: usize,
    ending: Option<DisconnectReason>,
    leaving: bool,
    closed: bool,
    /// Whether somebody keeps count of the calls after the end.
    counting: bool,
    task: Option<Waker>,
    waiting: Vec<Waker>,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            occupied: AtomicBool::new(false),
            limit,
        }
    }

    /// Queues a message for the peer.
    pub(crate) fn push(&self, message: EncodedMessage) -> Push {
        let state = self.state.lock();
        self.push_to(state, message)
    }

    /// Queues a message if it fits or nothing else is there; otherwise drops it
    /// and calls the queue full.
    pub(crate) fn push_if_room(&self, message: EncodedMessage) -> Push {
        let state = self.state.lock();
        if state.bytes > 0 && state.bytes.saturating_add(message.len()) > self.limit {
            return Push::Full;
        }
        match self.push_to(state, message) {
            Push::Full => Push::Crowded,
            push => push,
        }
    }

    fn push_to(&self, mut state: MutexGuard<'_, State>, message: EncodedMessage) -> Push {
        if state.closed || state.ending.is_some() {
            return Push::Refused;
        }
        state.bytes += message.len();
        let push = match state.bytes {
            bytes if bytes > self.limit => Push::Full,
            bytes if bytes > self.limit / 2 => Push::Crowded,
            _ => Push::Accepted,
        };
        self.enqueue(state, Item::Message(message));
        push
    }

    /// Queues news for the task; gives the item back when there is no task any
    /// more.
    pub(crate) fn notify(&self, item: Item) -> Result<(), Item> {
        let mut state = self.state.lock();
        let counts = state.counting && matches!(item, Item::ReleaseSlot(_));
        if state.closed && !counts {
            return Err(item);
        }
        if let Item::Ask(ask) = &item {
            if state.ending.is_some() {
                return Err(item);
            }
            state.bytes += ask.message.len();
        }
        self.enqueue(state, item);
        Ok(())
    }

    /// Queues the end of a call and, before it, what answers it. Together: a
    /// client that has its answer must find the call's ids free.
    pub(crate) fn finish(&self, call: CallId, answer: Option<EncodedMessage>) {
        let mut state = self.state.lock();
        if state.closed && !state.counting {
            return;
        }
        if let Some(answer) = answer
            && state.ending.is_none()
            && !state.closed
        {
            state.bytes += answer.len();
            state.queue.push_back(Item::Message(answer));
        }
        self.enqueue(state, Item::Finished(call));
    }

    fn enqueue(&self, mut state: MutexGuard<'_, State>, item: Item) {
        state.queue.push_back(item);
        self.occupied.store(true, Ordering::Release);
        let waker = state.task.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ends the connection: what is queued still goes out, nothing more is
    /// taken. The first reason stays.
    pub(crate) fn end(&self, reason: DisconnectReason) {
        let mut state = self.state.lock();
        state.ending.get_or_insert(reason);
        let waiting = mem::take(&mut state.waiting);
        self.occupied.store(true, Ordering::Release);
        let waker = state.task.take();
        drop(state);
        waker.into_iter().chain(waiting).for_each(Waker::wake);
    }

    /// Asks the connection to end once it owes nothing; until then everything
    /// goes on.
    pub(crate) fn leave(&self) {
        let mut state = self.state.lock();
        state.leaving = true;
        self.occupied.store(true, Ordering::Release);
        let waker = state.task.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Ready when the queue is no longer full, or has been closed.
    pub(crate) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.closed || state.ending.is_some() || state.bytes <= self.limit {
            return Poll::Ready(());
        }
        if !state
            .waiting
            .iter()
            .any(|waker| waker.will_wake(context.waker()))
        {
            state.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Whether there may be something to take.
    pub(crate) fn is_occupied(&self) -> bool {
        self.occupied.load(Ordering::Acquire)
    }

    /// Takes everything that is queued.
    pub(crate) fn take(&self) -> Taken {
        let mut state = self.state.lock();
        self.occupied.store(false, Ordering::Release);
        state.bytes = 0;
        let items = mem::take(&mut state.queue);
        let ending = state.ending.clone();
        let leaving = state.leaving;
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Taken {
            items,
            ending,
            leaving,
        }
    }

    /// Whether the connection is asked to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.state.lock().ending.is_some()
    }

    /// Whether the connection is asked to end once it owes nothing.
    pub(crate) fn is_leaving(&self) -> bool {
        self.state.lock().leaving
    }

    /// Lets the task sleep until something is queued; false when something is
    /// that the task `accepts`. It always accepts the end.
    pub(crate) fn park(&self, context: &mut Context<'_>, accepts: bool) -> bool {
        let mut state = self.state.lock();
        if self.occupied.load(Ordering::Acquire) && (accepts || state.ending.is_some()) {
            return false;
        }
        if !state
            .task
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            state.task = Some(context.waker().clone());
        }
        true
    }

    /// Refuses everything from now on and drops what is queued, so that whoever
    /// waits for an answer learns of the end.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.task = None;
        let mut queue = mem::take(&mut state.queue);
        if state.counting {
            let count = |item: &Item| matches!(item, Item::Finished(_) | Item::ReleaseSlot(_));
            let (kept, dropped) = queue.into_iter().partition(count);
            (state.queue, queue) = (kept, dropped);
        }
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        drop(queue);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Outbox {
    /// Lets news of calls through when it is closed, for those that still stand
    /// in line.
    pub(super) fn keep_count(&self) {
        self.state.lock().counting = true;
    }

    pub(super) fn stop_count(&self) {
        let mut state = self.state.lock();
        state.counting = false;
        state.task = None;
        state.queue.clear();
    }
}

/// What the task takes out at once.
pub(crate) struct Taken {
    pub(crate) items: VecDeque<Item>,
    /// Set when the connection is to end after these items.
    pub(crate) ending: Option<DisconnectReason>,
    /// The connection is to end when it owes nothing.
    pub(crate) leaving: bool,
}
