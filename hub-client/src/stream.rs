//! Streams of the server.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use hub_core::{EncodedValue, Outcome};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::session::{Answer, PendingCall, StreamEvent};
use crate::shared::Handle;
use crate::{ServerError, StreamError};

/// The items of a streaming hub method.
///
/// Ends after the last item, or after the first error. Dropping it before
/// cancels the stream on the server.
///
/// Items that have arrived wait in the connection's receive buffer
/// ([`receive_buffer_size`](crate::HubConnectionBuilder::receive_buffer_size)).
/// While that is full the client reads nothing, so that the server has to wait:
/// a stream that is kept must be read, or dropped.
///
/// It keeps the connection alive as a clone of [`HubConnection`] does.
///
/// [`HubConnection`]: crate::HubConnection
#[must_use = "a stream that is dropped is cancelled"]
pub struct HubStream<T> {
    events: mpsc::UnboundedReceiver<StreamEvent>,
    /// `None` once the stream has ended.
    call: Option<PendingCall>,
    _connection: Arc<Handle>,
    item: PhantomData<fn() -> T>,
}

impl<T> HubStream<T> {
    pub(crate) fn new(
        events: mpsc::UnboundedReceiver<StreamEvent>,
        call: PendingCall,
        connection: Arc<Handle>,
    ) -> Self {
        Self {
            events,
            call: Some(call),
            _connection: connection,
            item: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> HubStream<T> {
    /// The next item; `None` at the end.
    ///
    /// Cancel-safe: an item is either returned or still waits.
    ///
    /// # Errors
    /// See [`StreamError`]; the stream has then ended.
    pub async fn next(&mut self) -> Option<Result<T, StreamError>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    fn on_event(&mut self, event: StreamEvent) -> Option<Result<T, StreamError>> {
        match event {
            StreamEvent::Item(item, _charge) => Some(self.decode(&item)),
            StreamEvent::End(answer) => {
                self.end();
                failure(answer).map(Err)
            }
        }
    }

    fn decode(&mut self, item: &EncodedValue<'_>) -> Result<T, StreamError> {
        item.decode().map_err(|error| {
            self.end();
            StreamError::Decode(error)
        })
    }

    /// Lets go of the call, which cancels it if it is not complete, and of
    /// what still waits.
    fn end(&mut self) {
        self.call = None;
        self.events.close();
        while self.events.try_recv().is_ok() {}
    }
}

fn failure(answer: Answer) -> Option<StreamError> {
    match answer {
        Answer::Completed(Outcome::Empty) | Answer::Streaming => None,
        Answer::Completed(Outcome::Value(_)) => Some(StreamError::UnexpectedResult),
        Answer::Completed(Outcome::Error(error)) => {
            Some(StreamError::Server(ServerError::new(error)))
        }
        Answer::ConnectionEnded(end) => Some(StreamError::ConnectionEnded(end)),
    }
}

impl<T: DeserializeOwned> Stream for HubStream<T> {
    type Item = Result<T, StreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.call.is_none() {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.events.poll_recv(cx)) {
            Some(event) => self.on_event(event),
            None => {
                self.end();
                Some(Err(StreamError::ConnectionEnded(
                    crate::ConnectionEnd::Stopped,
                )))
            }
        })
    }
}

impl<T> fmt::Debug for HubStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubStream")
            .field("ended", &self.call.is_none())
            .finish_non_exhaustive()
    }
}
