//! What a shutdown wants of an open socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Context;

use futures_util::task::AtomicWaker;

use super::outbox::Side;
use crate::Shutdown;
use crate::shutdown::{Leave, Membership};

const STAY: u8 = 0;
const LEAVE: u8 = 1;
const CUT: u8 = 2;

/// A socket among those that a [`Shutdown`] ends.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    wish: Arc<Wish>,
    membership: Arc<Membership>,
}

/// What the shutdown wants, and whom to wake when it does: with a split socket
/// two tasks may wait.
#[derive(Debug, Default)]
struct Wish {
    stage: AtomicU8,
    waiting: [AtomicWaker; 2],
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Stay,
    /// Close, in order.
    Leave,
    /// Give up.
    Cut,
}

impl Counted {
    pub(super) fn enter(shutdown: &Shutdown) -> Self {
        let wish = Arc::new(Wish::default());
        Self {
            membership: shutdown.enter(wish.clone()),
            wish,
        }
    }

    /// What counts the socket in.
    pub(super) fn membership(&self) -> &Arc<Membership> {
        &self.membership
    }

    /// The order of the moment; has the task woken when it changes.
    pub(super) fn poll_order(&self, cx: &mut Context<'_>, side: Side) -> Order {
        self.wish.waiting[side as usize].register(cx.waker());
        match self.wish.stage.load(Ordering::Acquire) {
            STAY => Order::Stay,
            LEAVE => Order::Leave,
            _ => Order::Cut,
        }
    }
}

impl Wish {
    fn advance(&self, stage: u8) {
        self.stage.fetch_max(stage, Ordering::AcqRel);
        self.waiting.iter().for_each(AtomicWaker::wake);
    }
}

impl Leave for Wish {
    fn leave(&self) {
        self.advance(LEAVE);
    }

    fn leave_now(&self) {
        self.advance(CUT);
    }
}
