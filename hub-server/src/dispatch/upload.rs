//! Streams that a client sends to a method.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use hub_core::EncodedValue;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

use super::call::CallId;
use crate::HubError;
use crate::panics::contain;

/// A stream from the client, as a method's parameter.
///
/// Yields items in order, then ends; an error is the last item: the client's
/// own, an item of another type, or the loss of the connection. Items wait in a
/// buffer of [`stream_buffer_capacity`](crate::HubOptions::stream_buffer_capacity);
/// while it is full nothing more is read from the connection.
pub struct StreamArg<T> {
    items: mpsc::Receiver<T>,
    end: Arc<Mutex<End>>,
}

impl<T> StreamArg<T> {
    /// The next item; `None` when the client has ended the stream.
    ///
    /// # Errors
    /// Once, as the last item. Cancel safe: no item is lost when the future is
    /// dropped.
    pub async fn next(&mut self) -> Option<Result<T, HubError>> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, HubError>>> {
        self.items.poll_recv(context).map(|item| match item {
            Some(item) => Some(Ok(item)),
            None => self.end.lock().take_error().map(Err),
        })
    }
}

impl<T> Stream for StreamArg<T> {
    type Item = Result<T, HubError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }
}

impl<T> fmt::Debug for StreamArg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamArg(..)")
    }
}

/// How a stream ended, for its reader.
enum End {
    /// Not said; if nothing more comes, the connection is gone.
    Lost,
    InOrder,
    Failed(HubError),
}

impl End {
    /// The error, the first time it is asked for.
    fn take_error(&mut self) -> Option<HubError> {
        match std::mem::replace(self, Self::InOrder) {
            Self::InOrder => None,
            Self::Failed(error) => Some(error),
            Self::Lost => Some(HubError::internal(
                "OperationCanceledException",
                "The underlying connection was closed.",
            )),
        }
    }
}

/// What the client says at the end of its stream.
pub(crate) enum UploadEnd<'e> {
    InOrder,
    Error(&'e str),
}

/// The connection's end of a stream.
pub(crate) struct Upload {
    pub(crate) id: Box<str>,
    pub(crate) call: CallId,
    sink: Box<dyn UploadSink>,
}

impl Upload {
    /// Ready when there is room for an item, or nobody reads any more.
    pub(crate) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.sink.poll_room(context)
    }

    /// Hands over an item, for which there must be room. False: the stream has
    /// ended with an error.
    pub(crate) fn push(&mut self, item: &EncodedValue<'_>) -> bool {
        self.sink.push(item)
    }

    pub(crate) fn end(self, end: &UploadEnd<'_>) {
        self.sink.end(match end {
            UploadEnd::InOrder => End::InOrder,
            UploadEnd::Error(text) => End::Failed(HubError::new(*text)),
        });
    }
}

trait UploadSink: Send {
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()>;
    fn push(&mut self, item: &EncodedValue<'_>) -> bool;
    fn end(&self, end: End);
}

struct Sink<T> {
    items: PollSender<T>,
    end: Arc<Mutex<End>>,
    detailed_errors: bool,
}

impl<T: DeserializeOwned + Send + 'static> StreamArg<T> {
    pub(crate) fn open(
        id: &str,
        call: CallId,
        capacity: usize,
        detailed_errors: bool,
    ) -> (Upload, Self) {
        let (sender, items) = mpsc::channel(capacity);
        let end = Arc::new(Mutex::new(End::Lost));
        let sink = Box::new(Sink {
            items: PollSender::new(sender),
            end: end.clone(),
            detailed_errors,
        });
        (
            Upload {
                id: id.into(),
                call,
                sink,
            },
            Self { items, end },
        )
    }
}

impl<T: DeserializeOwned + Send + 'static> UploadSink for Sink<T> {
    fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        // An error says that nobody reads; then every item has room.
        self.items.poll_reserve(context).map(drop)
    }

    fn push(&mut self, item: &EncodedValue<'_>) -> bool {
        match decode(item) {
            Ok(item) => {
                // Fails when the method no longer reads; late items are ignored.
                contain(|| drop(self.items.send_item(item)));
                true
            }
            Err(cause) => {
                let kind = "InvalidDataException";
                let text = HubError::internal(kind, cause)
                    .describe("Failed to bind Stream message.", self.detailed_errors);
                self.end(End::Failed(HubError::new(text)));
                false
            }
        }
    }

    fn end(&self, end: End) {
        *self.end.lock() = end;
    }
}

/// Decoding may run the application's code, which may panic.
fn decode<T: DeserializeOwned>(item: &EncodedValue<'_>) -> Result<T, String> {
    contain(|| item.decode().map_err(|cause| cause.to_string()))
        .unwrap_or_else(|| Err("decoding panicked".into()))
}
