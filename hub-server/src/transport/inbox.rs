//! What a client posts: bytes on their way to the connection's task.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Bytes;
use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{PostBody, PostError, Received};
use crate::connection::Receiver;

/// Bytes that may wait for the task before POSTs wait for room, with what it
/// takes to keep each piece. Bounds what a client that floods costs.
const CAPACITY: usize = 64 * 1024;

/// The same as long as there is no task: enough for a handshake that comes
/// before its transport. Bounds what clients cost that negotiate, post and never
/// come.
const EARLY_CAPACITY: usize = 1024;

/// A bounded queue from POST requests to a connection's task.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// For POSTs: there is room again, or there will never be.
    changed: Notify,
    /// One POST at a time, in the order in which they came.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Bytes>,
    bytes: usize,
    /// Whether there is a transport.
    attached: bool,
    /// The client said that nothing more comes.
    ended: bool,
    closed: bool,
    task: Option<Waker>,
}

impl State {
    fn room(&self) -> usize {
        let capacity = if self.attached {
            CAPACITY
        } else {
            EARLY_CAPACITY
        };
        capacity.saturating_sub(self.bytes)
    }
}

impl Inbox {
    /// Takes a whole body, piece by piece; ready when all of it is queued.
    /// A body that never comes to its end does not outlast the connection, nor
    /// do the POSTs behind it.
    pub(crate) async fn post(&self, body: &mut PostBody) -> Result<(), PostError> {
        let closed = pin!(self.closed());
        match select(pin!(self.take(body)), closed).await {
            Either::Left((taken, _)) => taken,
            Either::Right(((), _)) => Err(PostError::Closed),
        }
    }

    async fn take(&self, body: &mut PostBody) -> Result<(), PostError> {
        let _turn = self.turn.lock().await;
        while let Some(piece) = body.next().await {
            let mut piece = piece?;
            loop {
                let changed = self.changed.notified();
                if !self.push(&mut piece)? {
                    changed.await;
                } else if piece.is_empty() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes as much as there is room for; false when there is none.
    fn push(&self, piece: &mut Bytes) -> Result<bool, PostError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(PostError::Closed);
        }
        // Nothing costs something, too.
        let room = state.room().saturating_sub(size_of::<Bytes>());
        if room == 0 {
            return Ok(false);
        }
        let mut taken = piece.split_to(piece.len().min(room));
        if !state.attached {
            // A slice would keep all of the HTTP layer's buffer for as long.
            taken = Bytes::copy_from_slice(&taken);
        }
        state.bytes += taken.len() + size_of::<Bytes>();
        state.queue.push_back(taken);
        let waker = state.task.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Ok(true)
    }

    async fn closed(&self) {
        loop {
            let changed = self.changed.notified();
            if self.state.lock().closed {
                return;
            }
            changed.await;
        }
    }

    /// Notes that there is a transport, whose task will take what has come.
    pub(crate) fn attach(&self) {
        self.state.lock().attached = true;
        self.changed.notify_waiters();
    }

    pub(crate) fn is_attached(&self) -> bool {
        self.state.lock().attached
    }

    /// Notes that nothing more comes.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.ended = true;
        let waker = state.task.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    /// Refuses everything from now on.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.queue.clear();
        drop(state);
        self.changed.notify_waiters();
    }

    /// Hands the task what has come.
    pub(crate) fn poll_receive(
        &self,
        context: &mut Context<'_>,
        receiver: &mut dyn Receiver,
    ) -> Poll<Received> {
        let mut state = self.state.lock();
        let queue = mem::take(&mut state.queue);
        state.bytes = 0;
        if queue.is_empty() {
            if state.ended {
                return Poll::Ready(Received::Goodbye);
            }
            state.task = Some(context.waker().clone());
            return Poll::Pending;
        }
        drop(state);
        self.changed.notify_waiters();
        for piece in queue {
            receiver.payload(context, &piece);
        }
        Poll::Ready(Received::Some)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::Body;
    use futures_util::{FutureExt, stream};

    use super::*;
    use crate::transport::PostLimits;

    struct Collected(Vec<u8>);

    impl Receiver for Collected {
        fn payload(&mut self, _: &mut Context<'_>, payload: &[u8]) {
            self.0.extend_from_slice(payload);
        }

        fn reply(&mut self, _: &[u8]) {}
    }

    fn body(body: Body) -> PostBody {
        let limits = PostLimits {
            maximum_size: usize::MAX,
            stall_timeout: Duration::from_secs(5),
        };
        PostBody::new(body, limits)
    }

    fn bytes(len: usize) -> PostBody {
        body(Body::from(vec![1; len]))
    }

    /// Posts one byte more than there is room for, and has the task take it all.
    async fn overfill(inbox: Inbox, capacity: usize) {
        let inbox = Arc::new(inbox);
        let waiting = tokio::spawn({
            let inbox = inbox.clone();
            async move { inbox.post(&mut bytes(capacity + 1)).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        assert_eq!(inbox.state.lock().bytes, capacity);
        let mut collected = Collected(Vec::new());
        let mut context = Context::from_waker(Waker::noop());
        assert!(inbox.poll_receive(&mut context, &mut collected).is_ready());
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert!(inbox.poll_receive(&mut context, &mut collected).is_ready());
        assert_eq!(collected.0.len(), capacity + 1);
    }

    #[tokio::test]
    async fn a_post_waits_for_room() {
        overfill(Inbox::default(), EARLY_CAPACITY).await;
        let inbox = Inbox::default();
        inbox.attach();
        overfill(inbox, CAPACITY).await;
    }

    #[tokio::test]
    async fn a_transport_makes_room() {
        let inbox = Inbox::default();
        let attach = async {
            tokio::task::yield_now().await;
            inbox.attach();
        };
        let mut body = bytes(CAPACITY / 2);
        assert_eq!(tokio::join!(inbox.post(&mut body), attach).0, Ok(()));
    }

    #[tokio::test]
    async fn a_post_to_an_ended_connection_fails() {
        let inbox = Inbox::default();
        inbox.close();
        assert_eq!(inbox.post(&mut bytes(4)).await, Err(PostError::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn no_post_outlasts_its_connection() {
        let inbox = Arc::new(Inbox::default());
        let stalled = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let posts = [stalled, Body::from("behind it")].map(|posted| {
            let inbox = inbox.clone();
            tokio::spawn(async move { inbox.post(&mut body(posted)).await })
        });
        tokio::task::yield_now().await;
        assert!(posts.iter().all(|post| !post.is_finished()));
        inbox.close();
        for post in posts {
            assert_eq!(post.await.unwrap(), Err(PostError::Closed));
        }
    }

    #[tokio::test]
    async fn small_pieces_count_for_what_they_cost() {
        let inbox = Inbox::default();
        inbox.attach();
        let piece = || Ok::<_, Infallible>(Bytes::from_static(b""));
        let mut flood = body(Body::from_stream(stream::repeat_with(piece)));
        assert!(inbox.post(&mut flood).now_or_never().is_none());
        assert!(inbox.state.lock().queue.len() <= CAPACITY / size_of::<Bytes>());
    }
}
