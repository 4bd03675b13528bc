//! What a client posts: bytes on their way to the connection's task.

use std::collections::VecDeque;
use std::mem;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Received;
use crate::connection::Receiver;

/// Bytes that may wait for the task before POSTs wait for room, with what it
/// takes to keep each piece. Bounds what a client that floods costs.
const CAPACITY: usize = 64 * 1024;

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
    /// The client said that nothing more comes.
    ended: bool,
    closed: bool,
    task: Option<Waker>,
}

/// Why a POST failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The connection has ended meanwhile.
    Closed,
    /// The body broke off.
    Incomplete,
}

impl Inbox {
    /// Takes a whole body, piece by piece; ready when all of it is queued.
    /// A body that never comes to its end does not outlast the connection, nor
    /// do the POSTs behind it.
    pub(crate) async fn post(&self, body: Body) -> Result<(), PostError> {
        let closed = pin!(self.closed());
        match select(pin!(self.take(body)), closed).await {
            Either::Left((taken, _)) => taken,
            Either::Right(((), _)) => Err(PostError::Closed),
        }
    }

    async fn take(&self, body: Body) -> Result<(), PostError> {
        let _turn = self.turn.lock().await;
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| PostError::Incomplete)?;
            self.wait_for_room().await?;
            self.push(piece)?;
        }
        Ok(())
    }

    fn push(&self, piece: Bytes) -> Result<(), PostError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(PostError::Closed);
        }
        // Nothing costs something, too.
        state.bytes += piece.len() + size_of::<Bytes>();
        state.queue.push_back(piece);
        let waker = state.task.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Ok(())
    }

    async fn wait_for_room(&self) -> Result<(), PostError> {
        loop {
            let changed = self.changed.notified();
            {
                let state = self.state.lock();
                if state.closed {
                    return Err(PostError::Closed);
                }
                if state.bytes < CAPACITY {
                    return Ok(());
                }
            }
            changed.await;
        }
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

    use futures_util::{FutureExt, stream};

    use super::*;

    struct Collected(Vec<u8>);

    impl Receiver for Collected {
        fn payload(&mut self, _: &mut Context<'_>, payload: &[u8]) {
            self.0.extend_from_slice(payload);
        }

        fn reply(&mut self, _: &[u8]) {}
    }

    #[tokio::test]
    async fn a_post_waits_for_room() {
        let inbox = std::sync::Arc::new(Inbox::default());
        inbox.post(Body::from(vec![1; CAPACITY])).await.unwrap();
        let waiting = tokio::spawn({
            let inbox = inbox.clone();
            async move { inbox.post(Body::from("more")).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        let mut collected = Collected(Vec::new());
        let mut context = Context::from_waker(Waker::noop());
        assert!(inbox.poll_receive(&mut context, &mut collected).is_ready());
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!(collected.0.len(), CAPACITY);
    }

    #[tokio::test]
    async fn a_post_to_an_ended_connection_fails() {
        let inbox = Inbox::default();
        inbox.close();
        assert_eq!(inbox.post(Body::from("late")).await, Err(PostError::Closed));
    }

    #[tokio::test]
    async fn no_post_outlasts_its_connection() {
        let inbox = std::sync::Arc::new(Inbox::default());
        let stalled = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let posts = [stalled, Body::from("behind it")].map(|body| {
            let inbox = inbox.clone();
            tokio::spawn(async move { inbox.post(body).await })
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
        let piece = || Ok::<_, Infallible>(Bytes::from_static(b""));
        let flood = Body::from_stream(stream::repeat_with(piece));
        assert!(inbox.post(flood).now_or_never().is_none());
        assert!(inbox.state.lock().queue.len() <= CAPACITY / size_of::<Bytes>());
    }
}
