//! Long polling: messages for the client in the answers of its polls, messages
//! from it by POST.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::body::Bytes;
use hub_core::TransferFormat;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::inbox::Inbox;
use super::{Goodbye, Received, Transport, wake};
use crate::HubOptions;
use crate::connection::{Framing, Receiver, WriteBuffer};

/// Bytes that may wait for the next poll.
const CAPACITY: usize = 64 * 1024;

/// The connection's end of the polls.
pub(crate) struct LongPollingTransport {
    inbox: Arc<Inbox>,
    polls: Arc<Polls>,
    /// How long the connection lives without a poll.
    disconnect_timeout: Duration,
}

/// What is between the polls and the connection's task.
pub(crate) struct Polls {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    waiting: Vec<u8>,
    /// Nothing more will wait.
    ended: bool,
    /// A poll was told that it is over.
    told: bool,
    /// The client said goodbye, and does not ask any more.
    left: bool,
    /// Names the newest poll; older ones give way to it.
    newest: u64,
    /// Since when no poll is there.
    absent_since: Option<Instant>,
    task: Option<Waker>,
}

/// What a poll is answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PollAnswer {
    Data(Bytes),
    /// Nothing came in time; the client polls again.
    Nothing,
    /// The connection is over, or a newer poll has taken this one's place.
    Over,
    /// An earlier poll was told so.
    Gone,
}

impl Polls {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                waiting: Vec::new(),
                ended: false,
                told: false,
                left: false,
                newest: 0,
                absent_since: Some(Instant::now()),
                task: None,
            }),
            changed: Notify::new(),
        })
    }

    /// Waits for something to deliver. Dropping the future is how a client gives
    /// a poll up: nothing is lost.
    pub(crate) async fn poll(&self, limit: Duration) -> PollAnswer {
        if self.state.lock().told {
            return PollAnswer::Gone;
        }
        let presence = self.arrive();
        let answer = async {
            loop {
                let changed = self.changed.notified();
                if let Some(answer) = self.answer(presence.number) {
                    return answer;
                }
                changed.await;
            }
        };
        timeout(limit, answer).await.unwrap_or(PollAnswer::Nothing)
    }

    fn arrive(&self) -> Presence<'_> {
        let mut state = self.state.lock();
        state.newest += 1;
        state.absent_since = None;
        let number = state.newest;
        drop(state);
        self.changed.notify_waiters();
        Presence {
            polls: self,
            number,
        }
    }

    fn answer(&self, number: u64) -> Option<PollAnswer> {
        let mut state = self.state.lock();
        if state.newest != number {
            return Some(PollAnswer::Over);
        }
        if !state.waiting.is_empty() {
            let data = std::mem::take(&mut state.waiting);
            wake(state.task.take());
            return Some(PollAnswer::Data(data.into()));
        }
        if state.ended {
            state.told = true;
            wake(state.task.take());
            return Some(PollAnswer::Over);
        }
        None
    }

    /// The client leaves: drops what waits, and tells a poll that is there that it
    /// is over.
    pub(crate) fn end_now(&self) {
        let mut state = self.state.lock();
        state.waiting.clear();
        state.ended = true;
        state.left = true;
        drop(state);
        self.changed.notify_waiters();
    }

    fn end(&self) {
        self.state.lock().ended = true;
        self.changed.notify_waiters();
    }

    /// Ready when a poll was told of the end, or none will come, or none came for
    /// `limit`.
    async fn farewell(&self, limit: Duration) {
        loop {
            let changed = self.changed.notified();
            let since = {
                let state = self.state.lock();
                if state.told || (state.left && state.absent_since.is_some()) {
                    return;
                }
                state.absent_since
            };
            match since {
                None => changed.await,
                Some(since) => {
                    if timeout_at(since + limit, changed).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

/// A poll that is there.
struct Presence<'p> {
    polls: &'p Polls,
    number: u64,
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut state = self.polls.state.lock();
        if state.newest == self.number {
            state.absent_since = Some(Instant::now());
            wake(state.task.take());
        }
        drop(state);
        self.polls.changed.notify_waiters();
    }
}

impl LongPollingTransport {
    pub(crate) fn new(inbox: Arc<Inbox>, polls: Arc<Polls>, disconnect_timeout: Duration) -> Self {
        inbox.attach();
        Self {
            inbox,
            polls,
            disconnect_timeout,
        }
    }
}

impl Transport for LongPollingTransport {
    const FRAMING: Framing = Framing::None;
    const FORMATS: &'static [TransferFormat] = &[TransferFormat::Text, TransferFormat::Binary];
    const PINGS: bool = false;

    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        receiver: &mut dyn Receiver,
    ) -> Poll<Received> {
        self.inbox.poll_receive(context, receiver)
    }

    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut WriteBuffer,
    ) -> Poll<io::Result<()>> {
        let mut state = self.polls.state.lock();
        if state.waiting.len() >= CAPACITY {
            state.task = Some(context.waker().clone());
            return Poll::Pending;
        }
        state.waiting.extend_from_slice(buffer.unwritten());
        buffer.advance(buffer.len());
        drop(state);
        self.polls.changed.notify_waiters();
        Poll::Ready(Ok(()))
    }

    fn deadline(&self, context: &mut Context<'_>) -> Option<Instant> {
        let mut state = self.polls.state.lock();
        state.task = Some(context.waker().clone());
        Some(state.absent_since? + self.disconnect_timeout)
    }

    async fn close(self, _: Goodbye, options: &HubOptions) {
        self.polls.end();
        self.polls.farewell(options.disconnect_timeout).await;
    }
}

impl Drop for LongPollingTransport {
    fn drop(&mut self) {
        self.inbox.close();
        self.polls.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn deliver(polls: &Polls, data: &[u8]) {
        polls.state.lock().waiting.extend_from_slice(data);
        polls.changed.notify_waiters();
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_ends_empty_after_its_time() {
        assert_eq!(Polls::new().poll(SECOND).await, PollAnswer::Nothing);
    }

    #[tokio::test(start_paused = true)]
    async fn a_newer_poll_takes_the_place_of_an_older_one() {
        let polls = Polls::new();
        let first = polls.poll(SECOND);
        let second = async {
            tokio::task::yield_now().await;
            polls.poll(SECOND).await
        };
        let deliver = async {
            tokio::time::sleep(SECOND / 2).await;
            deliver(&polls, b"data");
        };
        let (first, second, ()) = tokio::join!(first, second, deliver);
        assert_eq!(
            (first, second),
            (PollAnswer::Over, PollAnswer::Data("data".into()))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn last_words_come_before_the_end() {
        let polls = Polls::new();
        deliver(&polls, b"bye");
        polls.end();
        assert_eq!(polls.poll(SECOND).await, PollAnswer::Data("bye".into()));
        assert_eq!(polls.poll(SECOND).await, PollAnswer::Over);
        assert_eq!(polls.poll(SECOND).await, PollAnswer::Gone);
        polls.farewell(SECOND).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_left_is_not_waited_for() {
        let polls = Polls::new();
        deliver(&polls, b"bye");
        assert_eq!(polls.poll(SECOND).await, PollAnswer::Data("bye".into()));
        polls.end();
        let start = Instant::now();
        let leave = async {
            tokio::time::sleep(SECOND).await;
            polls.end_now();
        };
        tokio::join!(polls.farewell(SECOND * 15), leave);
        assert_eq!(start.elapsed(), SECOND);
    }
}
