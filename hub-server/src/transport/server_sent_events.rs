//! Server-Sent Events: messages for the client as events of one long response,
//! messages from it by POST.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::Bytes;
use http_body::{Body, Frame};
use hub_core::TransferFormat;
use parking_lot::Mutex;

use super::inbox::Inbox;
use super::{Goodbye, Received, Transport, wake};
use crate::HubOptions;
use crate::connection::{Framing, Receiver, WriteBuffer};

/// A comment line: it makes the client's stream count as open.
const OPENING: &[u8] = b":\r\n";

/// The connection's end of an event stream.
pub(crate) struct ServerSentEventsTransport {
    inbox: Arc<Inbox>,
    stream: Arc<EventStream>,
}

/// The response's end of an event stream.
pub(crate) struct EventBody(Arc<EventStream>);

#[derive(Default)]
struct EventStream(Mutex<State>);

#[derive(Default)]
struct State {
    /// Events that the response has not taken yet.
    chunk: Option<Bytes>,
    /// No more events come.
    ended: bool,
    /// The client has closed the response.
    abandoned: bool,
    response: Option<Waker>,
    task: Option<Waker>,
}

impl ServerSentEventsTransport {
    /// Both ends of a new stream.
    pub(crate) fn open(inbox: Arc<Inbox>) -> (Self, EventBody) {
        inbox.attach();
        let state = State {
            chunk: Some(Bytes::from_static(OPENING)),
            ..State::default()
        };
        let stream = Arc::new(EventStream(Mutex::new(state)));
        (
            Self {
                inbox,
                stream: stream.clone(),
            },
            EventBody(stream),
        )
    }
}

impl Transport for ServerSentEventsTransport {
    const FRAMING: Framing = Framing::ServerSentEvents;
    const FORMATS: &'static [TransferFormat] = &[TransferFormat::Text];

    fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
        receiver: &mut dyn Receiver,
    ) -> Poll<Received> {
        let is_abandoned = {
            let mut state = self.stream.0.lock();
            state.task = Some(context.waker().clone());
            state.abandoned
        };
        // What was posted before was accepted.
        match self.inbox.poll_receive(context, receiver) {
            Poll::Pending if is_abandoned => Poll::Ready(Received::Lost),
            received => received,
        }
    }

    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut WriteBuffer,
    ) -> Poll<io::Result<()>> {
        let mut state = self.stream.0.lock();
        if state.abandoned {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if state.chunk.is_some() {
            state.task = Some(context.waker().clone());
            return Poll::Pending;
        }
        state.chunk = Some(Bytes::copy_from_slice(buffer.unwritten()));
        buffer.advance(buffer.len());
        wake(state.response.take());
        Poll::Ready(Ok(()))
    }

    async fn close(self, _: Goodbye, _: &HubOptions) {
        let mut state = self.stream.0.lock();
        state.ended = true;
        wake(state.response.take());
    }
}

impl Drop for ServerSentEventsTransport {
    fn drop(&mut self) {
        self.inbox.close();
        let mut state = self.stream.0.lock();
        state.ended = true;
        wake(state.response.take());
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut state = self.0.0.lock();
        if let Some(chunk) = state.chunk.take() {
            wake(state.task.take());
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.response = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for EventBody {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.abandoned = true;
        wake(state.task.take());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;

    use super::*;
    use crate::transport::{PostBody, PostLimits};

    struct Collected(Vec<u8>);

    impl Receiver for Collected {
        fn payload(&mut self, _: &mut Context<'_>, payload: &[u8]) {
            self.0.extend_from_slice(payload);
        }

        fn reply(&mut self, _: &[u8]) {}
    }

    #[tokio::test]
    async fn what_was_posted_is_read_before_the_loss_is_noticed() {
        let inbox = Arc::new(Inbox::default());
        let (mut transport, body) = ServerSentEventsTransport::open(inbox.clone());
        let limits = PostLimits {
            maximum_size: 100,
            stall_timeout: Duration::from_secs(5),
        };
        let mut words = PostBody::new(Body::from("last words"), limits);
        inbox.post(&mut words).await.unwrap();
        drop(body);
        let mut collected = Collected(Vec::new());
        let context = &mut Context::from_waker(Waker::noop());
        let mut receive = || transport.poll_receive(context, &mut collected);
        assert!(matches!(receive(), Poll::Ready(Received::Some)));
        assert!(matches!(receive(), Poll::Ready(Received::Lost)));
        assert_eq!(collected.0, b"last words");
    }
}
