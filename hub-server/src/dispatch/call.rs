//! A call that runs: polled by whoever owns it, it writes its own answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use hub_core::protocol::HubProtocol;
use hub_core::{Completion, EncodeError, EncodeValue, Headers, HubMessage, Outcome};

use crate::HubError;

/// Names a running call within its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CallId(pub(crate) u64);

/// A method that has been bound and not finished.
pub(crate) enum Running {
    Call(BoxedCall),
    Stream(BoxedStream),
}

pub(crate) type BoxedCall = Pin<Box<dyn PlainCall>>;
pub(crate) type BoxedStream = Pin<Box<dyn StreamCall>>;

/// A call that ends with one result.
pub(crate) trait PlainCall: Send {
    /// Ready when the result has been written, or with the error to report.
    fn poll(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        reply: &mut ReplyWriter<'_>,
    ) -> Poll<Result<(), HubError>>;
}

/// A call that ends after any number of items.
pub(crate) trait StreamCall: Send {
    /// Ready with `Some(Ok)` for each item that has been written, and with
    /// `None` or an error at the end.
    fn poll_item(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        reply: &mut ReplyWriter<'_>,
    ) -> Poll<Option<Result<(), StreamFailure>>>;

    /// Whether the method has made its stream.
    fn is_open(&self) -> bool;
}

/// Why a stream ended before its time.
pub(crate) enum StreamFailure {
    /// The method failed and there is no stream.
    BeforeStream(HubError),
    /// The method succeeded without making a stream.
    NoStream,
    /// An item is an error, or cannot be encoded.
    Midway(HubError),
}

/// Where whole messages for the peer are written.
pub(crate) trait ReplySink {
    /// Appends one message; nothing when `write` fails.
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError>;
}

/// Writes the answers of one call.
pub(crate) struct ReplyWriter<'w> {
    pub(crate) protocol: &'w dyn HubProtocol,
    /// `None` when no answer is wanted: then nothing is encoded or written.
    pub(crate) invocation_id: Option<&'w str>,
    pub(crate) sink: &'w mut dyn ReplySink,
    /// Whether a result has been written.
    pub(crate) answered: bool,
}

impl ReplyWriter<'_> {
    pub(crate) fn result(&mut self, value: &dyn EncodeValue) -> Result<(), EncodeError> {
        let Some(id) = self.invocation_id else {
            return Ok(());
        };
        let protocol = self.protocol;
        self.sink
            .message(&mut |out| protocol.encode_result(id, value, out))?;
        self.answered = true;
        Ok(())
    }

    pub(crate) fn item(&mut self, item: &dyn EncodeValue) -> Result<(), EncodeError> {
        let Some(id) = self.invocation_id else {
            return Ok(());
        };
        let protocol = self.protocol;
        self.sink
            .message(&mut |out| protocol.encode_stream_item(id, item, out))
    }

    pub(crate) fn completion(&mut self, outcome: Outcome<'_>) {
        let Some(id) = self.invocation_id else { return };
        let protocol = self.protocol;
        let completion = HubMessage::Completion(Completion {
            headers: Headers::new(),
            invocation_id: id.into(),
            outcome,
        });
        self.sink
            .message(&mut |out| protocol.encode(&completion, out))
            .expect("a completion without a value always has a form");
    }

    pub(crate) fn error(&mut self, text: &str) {
        self.completion(Outcome::Error(text.into()));
    }
}
