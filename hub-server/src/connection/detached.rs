//! Calls that did not finish at once: each runs in a task of its own, so that
//! it neither holds up its connection nor ends with it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::protocol::HubProtocol;
use hub_core::serialized::EncodedMessage;
use hub_core::{EncodeError, Outcome};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::outbox::Push;
use super::session::Session;
use crate::HubError;
use crate::dispatch::{BoxedCall, BoxedStream, CallId, ReplySink, ReplyWriter, StreamFailure};
use crate::panics::{contain, drop_contained};

/// What a detached call needs to answer.
pub(crate) struct Detached {
    pub(crate) session: Arc<Session>,
    pub(crate) protocol: Arc<dyn HubProtocol>,
    pub(crate) call: CallId,
    pub(crate) invocation_id: Option<Box<str>>,
    pub(crate) method: &'static str,
    pub(crate) detailed_errors: bool,
    /// While this is held, the server does not stop.
    pub(crate) _counted: Option<TaskTrackerToken>,
}

impl Detached {
    pub(crate) fn run_call(self, mut call: BoxedCall) {
        tokio::spawn(async move {
            let mut answer = AnswerSink::new(&self);
            let result = poll_fn(|context| {
                let mut reply = self.reply(&mut answer);
                poll_call(&mut call, context, &mut reply)
            })
            .await;
            if let Err(error) = result {
                self.reply(&mut answer)
                    .error(&self.invocation_error(&error));
            }
            self.finish(answer.answer);
        });
    }

    /// Runs a stream to its end. `stop` ends it from outside, unless the method
    /// watches it itself.
    pub(crate) fn run_stream(self, mut stream: BoxedStream, stop: Option<CancellationToken>) {
        tokio::spawn(async move {
            let mut sink = OutboxSink::new(&self);
            let ended = match stop {
                Some(stop) => {
                    stop.run_until_cancelled(self.pump(&mut stream, &mut sink))
                        .await
                }
                None => Some(self.pump(&mut stream, &mut sink).await),
            };
            // A stream that panics when it is dropped is still answered.
            drop_contained(stream);
            let mut answer = AnswerSink::new(&self);
            let mut reply = self.reply(&mut answer);
            match ended {
                None | Some(Ok(())) => reply.completion(Outcome::Empty),
                Some(Err(failure)) => reply.error(&self.stream_error(&failure)),
            }
            self.finish(answer.answer);
        });
    }

    async fn pump(
        &self,
        stream: &mut BoxedStream,
        sink: &mut OutboxSink<'_>,
    ) -> Result<(), StreamFailure> {
        loop {
            let item = poll_fn(|context| {
                let mut reply = self.reply(sink);
                poll_stream(stream, context, &mut reply)
            })
            .await;
            match item {
                Some(Ok(())) if sink.flush().await => {}
                Some(Ok(())) => return Ok(()),
                Some(Err(failure)) => return Err(failure),
                None => return Ok(()),
            }
        }
    }

    fn reply<'w>(&'w self, sink: &'w mut dyn ReplySink) -> ReplyWriter<'w> {
        ReplyWriter {
            protocol: &*self.protocol,
            invocation_id: self.invocation_id.as_deref(),
            sink,
            answered: false,
        }
    }

    fn invocation_error(&self, error: &HubError) -> String {
        super::texts::failed(self.method, error, self.detailed_errors)
    }

    fn stream_error(&self, failure: &StreamFailure) -> String {
        super::texts::stream_failed(self.method, failure, self.detailed_errors)
    }

    fn finish(&self, answer: Option<EncodedMessage>) {
        self.session.outbox().finish(self.call, answer);
    }
}

/// Writes into the connection's queue, and waits for room afterwards.
struct OutboxSink<'d> {
    detached: &'d Detached,
    full: bool,
    /// The connection has ended.
    refused: bool,
}

impl<'d> OutboxSink<'d> {
    fn new(detached: &'d Detached) -> Self {
        Self {
            detached,
            full: false,
            refused: false,
        }
    }

    /// Whether somebody receives.
    async fn flush(&mut self) -> bool {
        if std::mem::take(&mut self.full) {
            self.detached.session.room().await;
        }
        // A stream that always has a next item would otherwise keep its thread,
        // and not notice that it is to stop.
        tokio::task::consume_budget().await;
        !self.refused
    }
}

impl ReplySink for OutboxSink<'_> {
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let message = EncodedMessage::encode(&*self.detached.protocol, write)?;
        match self.detached.session.push(message) {
            Push::Accepted | Push::Crowded => {}
            Push::Full => self.full = true,
            Push::Refused => self.refused = true,
        }
        Ok(())
    }
}

/// Keeps the one message that answers a call until the call is over: whoever
/// has got it may use the call's ids again.
struct AnswerSink<'d> {
    detached: &'d Detached,
    answer: Option<EncodedMessage>,
}

impl<'d> AnswerSink<'d> {
    fn new(detached: &'d Detached) -> Self {
        Self {
            detached,
            answer: None,
        }
    }
}

impl ReplySink for AnswerSink<'_> {
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.answer = Some(EncodedMessage::encode(&*self.detached.protocol, write)?);
        Ok(())
    }
}

/// Polls application code; a panic in it is a failure of the call alone.
pub(crate) fn poll_call(
    call: &mut BoxedCall,
    context: &mut Context<'_>,
    reply: &mut ReplyWriter<'_>,
) -> Poll<Result<(), HubError>> {
    contain(|| call.as_mut().poll(context, reply)).unwrap_or_else(|| {
        // What panicked behind the answer was the value's drop.
        Poll::Ready(if reply.answered {
            Ok(())
        } else {
            Err(panicked())
        })
    })
}

fn poll_stream(
    stream: &mut BoxedStream,
    context: &mut Context<'_>,
    reply: &mut ReplyWriter<'_>,
) -> Poll<Option<Result<(), StreamFailure>>> {
    contain(|| stream.as_mut().poll_item(context, reply)).unwrap_or_else(|| {
        let failure = if stream.as_ref().get_ref().is_open() {
            StreamFailure::Midway(panicked())
        } else {
            StreamFailure::BeforeStream(panicked())
        };
        Poll::Ready(Some(Err(failure)))
    })
}

pub(crate) fn panicked() -> HubError {
    HubError::internal("Panic", "the method panicked")
}
