//! One call: whether it may run, how it starts, and how it is answered when it
//! ends at once.

use std::sync::Arc;
use std::task::{Context, Poll};

use hub_core::{Arguments, EncodeError, Invocation, StreamInvocation};
use tokio_util::sync::CancellationToken;

use super::calls::{Cancellable, Waiting};
use super::detached::{Detached, panicked, poll_call};
use super::inbound::{AFTER_THE_HANDSHAKE, Inbound, StreamIds};
use super::resume::Aside;
use super::session::Session;
use super::texts;
use super::write_buffer::WriteBuffer;
use crate::Shutdown;
use crate::dispatch::{
    BoxedCall, CallId, MethodInfo, NewCall, ReplySink, ReplyWriter, Running, StartError,
    StartedCall,
};
use crate::panics::drop_contained;

/// What a message asks for, whichever kind of message it is.
#[derive(Clone, Copy)]
struct Request<'r> {
    method: usize,
    info: MethodInfo,
    streaming: bool,
    invocation_id: Option<&'r str>,
    arguments: &'r Arguments<'r>,
    stream_ids: &'r StreamIds<'r>,
    cancelled: bool,
}

impl Inbound {
    pub(super) fn handle_invocation(&mut self, context: &mut Context<'_>, call: Invocation<'_>) {
        let id = call.invocation_id.as_deref();
        let Some(method) = self.dispatch.find(&call.target) else {
            return self.refuse(id, &texts::unknown_method(&call.target));
        };
        if self.leaving {
            return self.refuse(id, &texts::shutting_down(self.dispatch.info(method).name));
        }
        let info = *self.dispatch.info(method);
        // Streams, in either direction, do not stand in line.
        let stands_in_line = !info.streaming && info.uploads == 0;
        if stands_in_line && (!self.calls.has_free_slot() || self.is_send_blocked()) {
            match self.dispatch.check(method, &call.arguments) {
                Ok(()) => self.calls.wait(into_owned(call)),
                Err(error) => {
                    let text = texts::binding_failed(info.name, &error, self.detailed_errors());
                    self.refuse(id, &text);
                }
            }
            return;
        }
        self.start(
            context,
            Request {
                method,
                info,
                streaming: false,
                invocation_id: id,
                arguments: &call.arguments,
                stream_ids: &call.stream_ids,
                cancelled: false,
            },
        );
    }

    pub(super) fn handle_stream_invocation(
        &mut self,
        context: &mut Context<'_>,
        call: &StreamInvocation<'_>,
    ) {
        let Some(method) = self.dispatch.find(&call.target) else {
            return self.refuse(
                Some(&call.invocation_id),
                &texts::unknown_method(&call.target),
            );
        };
        if self.leaving {
            let text = texts::shutting_down(self.dispatch.info(method).name);
            return self.refuse(Some(&call.invocation_id), &text);
        }
        self.start(
            context,
            Request {
                method,
                info: *self.dispatch.info(method),
                streaming: true,
                invocation_id: Some(&call.invocation_id),
                arguments: &call.arguments,
                stream_ids: &call.stream_ids,
                cancelled: false,
            },
        );
    }

    pub(super) fn start_waiting(&mut self, context: &mut Context<'_>, waiting: Waiting) {
        let call = waiting.invocation;
        // It was found and checked before it had to wait.
        let Some(method) = self.dispatch.find(&call.target) else {
            return;
        };
        self.start(
            context,
            Request {
                method,
                info: *self.dispatch.info(method),
                streaming: false,
                invocation_id: call.invocation_id.as_deref(),
                arguments: &call.arguments,
                stream_ids: &call.stream_ids,
                cancelled: waiting.cancelled,
            },
        );
    }

    fn start(&mut self, context: &mut Context<'_>, request: Request<'_>) {
        if let Some(refusal) = self.refusal(&request) {
            // Arguments that do not fit win over every other reason.
            let text = match self.dispatch.check(request.method, request.arguments) {
                Ok(()) => refusal,
                Err(error) => {
                    texts::binding_failed(request.info.name, &error, self.detailed_errors())
                }
            };
            return self.refuse(request.invocation_id, &text);
        }
        let id = self.calls.next_id();
        let started = self.dispatch.start(NewCall {
            method: request.method,
            arguments: request.arguments,
            stream_ids: request.stream_ids,
            session: &self.session,
            id,
        });
        match started {
            Ok(started) => self.run(context, id, &request, started),
            Err(StartError::Bind(error)) => {
                let detailed = self.detailed_errors();
                let text = texts::binding_failed(request.info.name, &error, detailed);
                self.refuse(request.invocation_id, &text);
            }
            Err(StartError::Panicked) => {
                let text = texts::failed(request.info.name, &panicked(), self.detailed_errors());
                self.refuse(request.invocation_id, &text);
            }
        }
    }

    /// Why the call may not run, apart from its arguments.
    fn refusal(&self, request: &Request<'_>) -> Option<String> {
        let Request { info, .. } = request;
        if !self.dispatch.is_authorized(request.method, &self.session) {
            return Some(texts::unauthorized(info.name));
        }
        match (info.streaming, request.streaming) {
            (true, false) => return Some(texts::streaming_called_plainly(info.name)),
            (false, true) => return Some(texts::plain_called_as_stream(info.name)),
            _ => {}
        }
        if info.uploads != request.stream_ids.len() {
            let sent = request.stream_ids.len();
            return Some(texts::wrong_stream_count(info.name, sent, info.uploads));
        }
        if self.calls.running() >= self.dispatch.core().options.maximum_running_calls {
            return Some(texts::too_many_calls(info.name));
        }
        let in_use = |id: &&std::borrow::Cow<'_, str>| self.calls.uploads.contains(id);
        if let Some(id) = request.stream_ids.iter().find(in_use) {
            return Some(texts::stream_id_in_use(info.name, id));
        }
        let id = request.invocation_id?;
        let claims_id = info.streaming || info.cancellable;
        (claims_id && self.calls.cancellable.contains(id)).then(|| texts::invocation_id_in_use(id))
    }

    fn run(
        &mut self,
        context: &mut Context<'_>,
        call: CallId,
        request: &Request<'_>,
        started: StartedCall,
    ) {
        for upload in started.uploads {
            let id = upload.id.clone();
            // Checked by `refusal`; one message naming an id twice keeps the first.
            let _ = self.calls.uploads.open(&id, upload);
        }
        match started.running {
            Running::Call(running) => {
                let token = started.cancellation;
                if request.cancelled
                    && let Some(token) = &token
                {
                    token.cancel();
                }
                self.run_call(context, call, request, running, token);
            }
            Running::Stream(stream) => {
                let watched = started.cancellation.is_some();
                let token = started
                    .cancellation
                    .unwrap_or_else(|| self.session.aborted().child_token());
                self.register(call, request, token.clone());
                let stop = (!watched).then_some(token);
                self.detached(call, request).run_stream(stream, stop);
            }
        }
    }

    fn run_call(
        &mut self,
        context: &mut Context<'_>,
        call: CallId,
        request: &Request<'_>,
        mut running: BoxedCall,
        token: Option<CancellationToken>,
    ) {
        let protocol = self.machine.protocol().expect(AFTER_THE_HANDSHAKE);
        let is_tracked = self.machine.is_resumable();
        let mut sink = InlineSink {
            out: &mut self.out,
            session: &self.session,
            is_tracked,
            aside: Aside::new(&**protocol),
        };
        let mut reply = ReplyWriter {
            protocol: &**protocol,
            invocation_id: request.invocation_id,
            sink: &mut sink,
            answered: false,
        };
        let polled = poll_call(&mut running, context, &mut reply);
        let deferred = sink.aside.take();
        match polled {
            Poll::Ready(result) => {
                drop_contained(running);
                if request.info.uploads > 0 {
                    self.calls.finish(call);
                }
                // What the method sent to its caller comes before its answer.
                if self.session.outbox().is_occupied() {
                    self.take_outbox();
                }
                if let Err(error) = result {
                    let text = texts::failed(request.info.name, &error, self.detailed_errors());
                    self.refuse(request.invocation_id, &text);
                }
                if let Some(answer) = deferred
                    && !self.has_ended()
                {
                    self.send(&answer);
                }
            }
            Poll::Pending => {
                if request.info.uploads == 0 {
                    self.calls.hold_slot(call);
                }
                if let Some(token) = token {
                    self.register(call, request, token);
                }
                self.detached(call, request).run_call(running);
            }
        }
    }

    fn register(&mut self, call: CallId, request: &Request<'_>, token: CancellationToken) {
        if let Some(id) = request.invocation_id {
            // Free: `refusal` has seen to it.
            let _ = self
                .calls
                .cancellable
                .start(id, Cancellable { call, token });
        }
    }

    fn detached(&mut self, call: CallId, request: &Request<'_>) -> Detached {
        self.calls.detach();
        let shutdown = &self.dispatch.core().options.shutdown;
        Detached {
            session: self.session.clone(),
            protocol: self.protocol().clone(),
            call,
            invocation_id: request.invocation_id.map(Into::into),
            method: request.info.name,
            detailed_errors: self.detailed_errors(),
            _counted: shutdown.as_ref().map(Shutdown::count),
        }
    }
}

/// Writes an answer straight into the connection's buffer; aside, when
/// something that was sent before it still waits in the queue, or when it has to
/// be kept for another transport.
struct InlineSink<'s> {
    out: &'s mut WriteBuffer,
    session: &'s Arc<Session>,
    is_tracked: bool,
    aside: Aside<'s>,
}

impl ReplySink for InlineSink<'_> {
    fn message(
        &mut self,
        write: &mut dyn FnMut(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if !self.is_tracked && !self.session.outbox().is_occupied() {
            return self.out.message(write);
        }
        self.aside.message(write)
    }
}

fn into_owned(call: Invocation<'_>) -> Invocation<'static> {
    Invocation {
        // Trace context of a call that waits is not used.
        headers: hub_core::Headers::new(),
        invocation_id: call.invocation_id.map(|id| id.into_owned().into()),
        target: call.target.into_owned().into(),
        arguments: call.arguments.into_owned(),
        stream_ids: call
            .stream_ids
            .into_iter()
            .map(|id| id.into_owned().into())
            .collect(),
    }
}
