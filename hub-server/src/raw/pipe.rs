//! What is between the application and the task that owns the transport: two
//! bounded queues, and how it ends.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use axum::body::Bytes;
use hub_core::TransferFormat;
use parking_lot::Mutex;

use crate::DisconnectReason;

/// What a queued piece counts beside its bytes, since it costs an allocation:
/// pieces of one byte must not cost a hundred times what the limit says.
const PIECE_COST: usize = 64;

/// Shared by the application's ends of a connection and its task.
pub(crate) struct Pipe {
    state: Mutex<State>,
    receive_limit: usize,
    send_limit: usize,
}

#[derive(Default)]
struct State {
    received: Queue<Bytes>,
    sending: Queue<Outgoing>,
    leave: Option<Leave>,
    /// Why nothing more comes or goes.
    reason: Option<DisconnectReason>,
    /// The peer has been told, or cannot be told any more.
    finished: bool,
    task: Option<Waker>,
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

/// A message on its way to the peer.
pub(super) struct Outgoing {
    pub(super) bytes: Bytes,
    pub(super) format: TransferFormat,
}

/// How the application leaves the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// What is queued goes out first.
    InOrder,
    /// The handler panicked: as `InOrder`, but the goodbye says that it failed.
    Failed,
    /// At once, without a goodbye.
    Abort,
    /// As `InOrder`, since the server stops.
    Shutdown,
}

impl Pipe {
    pub(super) fn new(receive_limit: usize, send_limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            receive_limit,
            send_limit,
        }
    }

    // The application's side.

    /// The next piece; `None` once there is none left and the connection has
    /// ended.
    pub(super) fn poll_received(&self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state.lock();
        let was_full = state.received.cost >= self.receive_limit;
        if let Some(piece) = state.received.pop(Bytes::len) {
            let waker = (was_full && state.received.cost < self.receive_limit)
                .then(|| state.task.take())
                .flatten();
            drop(state);
            waker.into_iter().for_each(Waker::wake);
            return Poll::Ready(Some(piece));
        }
        if state.is_over() {
            return Poll::Ready(None);
        }
        state.receiver = Some(context.waker().clone());
        Poll::Pending
    }

    /// Queues `outgoing` as soon as there is room; false when the connection has
    /// ended.
    pub(super) fn poll_send(
        &self,
        context: &mut Context<'_>,
        outgoing: &mut Option<Outgoing>,
    ) -> Poll<bool> {
        let mut state = self.state.lock();
        if state.is_over() {
            return Poll::Ready(false);
        }
        if state.sending.cost >= self.send_limit {
            state.sender = Some(context.waker().clone());
            return Poll::Pending;
        }
        if let Some(outgoing) = outgoing.take() {
            let len = outgoing.bytes.len();
            state.sending.push(outgoing, len);
        }
        let waker = state.task.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Poll::Ready(true)
    }

    /// Leaves, unless that has been said already; an abort always counts.
    pub(super) fn leave(&self, leave: Leave) {
        let mut state = self.state.lock();
        if state.leave.is_some() && leave != Leave::Abort {
            return;
        }
        state.leave = Some(leave);
        if leave == Leave::Shutdown {
            // Before the handler is woken, which asks why.
            state.reason.get_or_insert(DisconnectReason::Shutdown);
        }
        let wakers = [state.task.take(), state.receiver.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Ready when the peer has been told of the end.
    pub(super) fn poll_finished(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.finished {
            return Poll::Ready(());
        }
        state.sender = Some(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn reason(&self) -> Option<DisconnectReason> {
        self.state.lock().reason.clone()
    }

    // The task's side.

    pub(super) fn push_received(&self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        let piece = Bytes::copy_from_slice(piece);
        let mut state = self.state.lock();
        let len = piece.len();
        state.received.push(piece, len);
        let waker = state.receiver.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(super) fn wants_input(&self) -> bool {
        self.state.lock().received.cost < self.receive_limit
    }

    /// The next message for the peer.
    pub(super) fn take_outgoing(&self) -> Option<Outgoing> {
        let mut state = self.state.lock();
        let was_full = state.sending.cost >= self.send_limit;
        let outgoing = state.sending.pop(|outgoing| outgoing.bytes.len())?;
        let waker = (was_full && state.sending.cost < self.send_limit)
            .then(|| state.sender.take())
            .flatten();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Some(outgoing)
    }

    /// How the application leaves, once everything that it sent was taken.
    pub(super) fn left(&self) -> Option<Leave> {
        let state = self.state.lock();
        state
            .leave
            .filter(|leave| *leave == Leave::Abort || state.sending.is_empty())
    }

    /// Has the task woken when there is something for it to do; false when there
    /// is already.
    pub(super) fn park(&self, context: &mut Context<'_>, waits_for: &WaitsFor) -> bool {
        let mut state = self.state.lock();
        let has_work = (waits_for.outgoing && !state.sending.is_empty())
            || (waits_for.room && state.received.cost < self.receive_limit)
            || state.leave == Some(Leave::Abort)
            || (state.leave.is_some() && state.sending.is_empty() && waits_for.outgoing);
        if !has_work {
            state.task = Some(context.waker().clone());
        }
        !has_work
    }

    /// Nothing more comes or goes. What came already may still be received.
    pub(super) fn end(&self, reason: DisconnectReason) {
        self.change(|state| {
            state.sending = Queue::default();
            state.reason.get_or_insert(reason);
        });
    }

    /// The transport is gone as well.
    pub(super) fn finish(&self) {
        self.change(|state| state.finished = true);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        let wakers = [state.receiver.take(), state.sender.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl crate::shutdown::Leave for Pipe {
    fn leave(&self) {
        self.leave(Leave::Shutdown);
    }

    fn leave_now(&self) {
        self.leave(Leave::Abort);
    }
}

/// What the task can do something with.
pub(super) struct WaitsFor {
    pub(super) outgoing: bool,
    pub(super) room: bool,
}

impl State {
    fn is_over(&self) -> bool {
        self.leave.is_some() || self.reason.is_some()
    }
}

/// Pieces, and what they cost together.
struct Queue<T> {
    pieces: VecDeque<T>,
    cost: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            pieces: VecDeque::new(),
            cost: 0,
        }
    }
}

impl<T> Queue<T> {
    fn push(&mut self, piece: T, len: usize) {
        self.cost += len + PIECE_COST;
        self.pieces.push_back(piece);
    }

    fn pop(&mut self, len: impl FnOnce(&T) -> usize) -> Option<T> {
        let piece = self.pieces.pop_front()?;
        self.cost -= len(&piece) + PIECE_COST;
        if self.pieces.is_empty() {
            // An idle connection owns no queue.
            self.pieces = VecDeque::new();
        }
        Some(piece)
    }

    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}
