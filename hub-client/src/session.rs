//! What handles and the task share while there is a connection.

use std::sync::Arc;

use bytes::Bytes;
use hub_core::connection::{CallId, CallKind, PendingCalls};
use hub_core::protocol::{Call, HubProtocol};
use hub_core::{
    CancelInvocation, EncodeArguments, EncodeError, EncodedValue, Headers, HubMessage, Outcome,
    StreamItem,
};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::receive_buffer::{Charge, ReceiveBuffer};
use crate::transport::Record;
use crate::{ConnectionEnd, SendError};

/// One connection, from the handshake to its loss: the calls that wait, and
/// the way to the task that writes.
#[derive(Debug)]
pub(crate) struct Session {
    protocol: Arc<dyn HubProtocol>,
    calls: Mutex<Calls>,
    records: mpsc::UnboundedSender<Record>,
    /// Free bytes of the send buffer.
    space: Arc<Semaphore>,
    send_buffer_size: usize,
}

#[derive(Debug)]
enum Calls {
    Pending(PendingCalls<Reply>),
    Ended,
}

/// Where the answer to a call goes.
#[derive(Debug)]
pub(crate) enum Reply {
    Single(oneshot::Sender<Answer>),
    Stream(mpsc::UnboundedSender<StreamEvent>),
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Answer {
    Completed(Outcome<'static>),
    Streaming,
    ConnectionEnded(ConnectionEnd),
}

/// What happens to a stream.
#[derive(Debug)]
pub(crate) enum StreamEvent {
    /// An item, and its part of the receive buffer.
    Item(EncodedValue<'static>, Charge),
    End(Answer),
}

impl Session {
    /// A session, and the records that its task has to write.
    pub(crate) fn new(
        protocol: Arc<dyn HubProtocol>,
        send_buffer_size: usize,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Record>) {
        // More than a semaphore can count is as good as no limit.
        let send_buffer_size = send_buffer_size.clamp(1, Semaphore::MAX_PERMITS);
        let (records, outgoing) = mpsc::unbounded_channel();
        let session = Self {
            protocol,
            calls: Mutex::new(Calls::Pending(PendingCalls::new())),
            records,
            space: Arc::new(Semaphore::new(send_buffer_size)),
            send_buffer_size,
        };
        (Arc::new(session), outgoing)
    }

    /// Sends a call that wants no answer: done when it has its place in the
    /// send buffer.
    pub(crate) async fn send<A>(&self, method: &str, arguments: A) -> Result<(), SendError>
    where
        A: EncodeArguments,
    {
        let record = self.encode_call(&Call::to(method), &arguments)?;
        drop(arguments);
        self.write(record).await
    }

    /// Begins a call whose answer goes to `reply`. Nothing is sent yet.
    pub(crate) fn call<A>(
        self: &Arc<Self>,
        method: &str,
        arguments: &A,
        reply: Reply,
    ) -> Result<(PendingCall, Bytes), SendError>
    where
        A: EncodeArguments,
    {
        let streaming = matches!(reply, Reply::Stream(_));
        let id = self.register(reply)?;
        let pending = PendingCall {
            session: Arc::clone(self),
            id,
            sent: false,
        };
        let id_text = id.to_text();
        let mut call = Call::to(method).with_invocation_id(&id_text);
        call.streaming = streaming;
        let record = self.encode_call(&call, arguments)?;
        Ok((pending, record))
    }

    fn register(&self, reply: Reply) -> Result<CallId, SendError> {
        let kind = match reply {
            Reply::Single(_) => CallKind::Single,
            Reply::Stream(_) => CallKind::Stream,
        };
        match &mut *self.calls.lock() {
            Calls::Pending(calls) => {
                let id = calls.next_id();
                calls.insert(id, kind, reply);
                Ok(id)
            }
            Calls::Ended => Err(SendError::NotConnected),
        }
    }

    /// Answers a call of the server.
    pub(crate) async fn answer(&self, invocation_id: &str, outcome: Outcome<'static>) {
        let message = HubMessage::Completion(hub_core::Completion {
            headers: Headers::new(),
            invocation_id: invocation_id.into(),
            outcome,
        });
        match self.encode(&message) {
            // Without a connection nobody waits for the answer any more.
            Ok(record) => drop(self.write(record).await),
            Err(error) => tracing::warn!(%error, "an answer to the server could not be encoded"),
        }
    }

    fn encode_call(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
    ) -> Result<Bytes, EncodeError> {
        let mut record = Vec::new();
        self.protocol
            .encode_invocation(call, arguments, &mut record)?;
        Ok(record.into())
    }

    fn encode(&self, message: &HubMessage<'_>) -> Result<Bytes, EncodeError> {
        let mut record = Vec::new();
        self.protocol.encode(message, &mut record)?;
        Ok(record.into())
    }

    /// Queues a record, waiting for space in the send buffer.
    async fn write(&self, bytes: Bytes) -> Result<(), SendError> {
        // A record that is larger than the whole buffer takes all of it.
        let size = bytes.len().min(self.send_buffer_size);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let space = Arc::clone(&self.space)
            .acquire_many_owned(size)
            .await
            .map_err(|_| SendError::NotConnected)?;
        self.queue(bytes, Some(space))
    }

    fn queue(&self, bytes: Bytes, space: Option<OwnedSemaphorePermit>) -> Result<(), SendError> {
        let record = Record {
            format: self.protocol.transfer_format(),
            bytes,
            _space: space,
        };
        self.records
            .send(record)
            .map_err(|_| SendError::NotConnected)
    }

    /// Hands an item to the stream that waits for it.
    pub(crate) fn on_item(&self, item: StreamItem<'_>, buffer: &Arc<ReceiveBuffer>) {
        let id = &*item.invocation_id;
        match self.waiting_for_item(id) {
            Some(Reply::Stream(events)) => {
                let charge = buffer.charge(item.item.as_bytes().len());
                // A stream that was just dropped needs no more items.
                let _ = events.send(StreamEvent::Item(item.item.into_owned(), charge));
            }
            Some(single) => single.end(Answer::Streaming),
            None => tracing::debug!(invocation_id = id, "an item for an unknown stream"),
        }
    }

    /// What waits for items under this id: a stream, or a call that wants none
    /// and has thus failed.
    fn waiting_for_item(&self, id: &str) -> Option<Reply> {
        let mut calls = self.calls.lock();
        let Calls::Pending(calls) = &mut *calls else {
            return None;
        };
        match calls.get_mut(id)?.1 {
            Reply::Stream(events) => Some(Reply::Stream(events.clone())),
            Reply::Single(_) => Some(calls.remove(id)?.1),
        }
    }

    /// Ends the call that waits for this completion.
    pub(crate) fn on_completion(&self, completion: hub_core::Completion<'_>) {
        let call = match &mut *self.calls.lock() {
            Calls::Pending(calls) => calls.remove(&completion.invocation_id),
            Calls::Ended => None,
        };
        match call {
            Some((_, reply)) => reply.end(Answer::Completed(into_owned(completion.outcome))),
            None => tracing::debug!(
                invocation_id = &*completion.invocation_id,
                "a completion for an unknown call"
            ),
        }
    }

    /// Ends every call that waits; from now on nothing can be sent.
    pub(crate) fn end(&self, end: &ConnectionEnd) {
        let calls = std::mem::replace(&mut *self.calls.lock(), Calls::Ended);
        self.space.close();
        if let Calls::Pending(mut calls) = calls {
            for (_, _, reply) in calls.drain() {
                reply.end(Answer::ConnectionEnded(end.clone()));
            }
        }
    }

    fn cancel(&self, id: CallId, sent: bool) {
        let was_pending = match &mut *self.calls.lock() {
            Calls::Pending(calls) => calls.cancel(id).is_some(),
            Calls::Ended => false,
        };
        if !was_pending || !sent {
            return;
        }
        let id = id.to_text();
        let message = HubMessage::CancelInvocation(CancelInvocation {
            headers: Headers::new(),
            invocation_id: id.as_str().into(),
        });
        // It takes no space, since dropping cannot wait: there is at most one
        // for each call, and it is smaller than the call. Without a connection
        // there is nothing to cancel.
        if let Ok(record) = self.encode(&message) {
            let _ = self.queue(record, None);
        }
    }
}

impl Reply {
    /// Nobody waits any more when the call was just cancelled.
    fn end(self, answer: Answer) {
        match self {
            Self::Single(reply) => drop(reply.send(answer)),
            Self::Stream(events) => drop(events.send(StreamEvent::End(answer))),
        }
    }
}

/// A call that waits for its answer. Dropping it cancels the call, unless it
/// is complete.
#[derive(Debug)]
pub(crate) struct PendingCall {
    session: Arc<Session>,
    id: CallId,
    sent: bool,
}

impl PendingCall {
    /// Sends the call, waiting for space in the send buffer.
    pub(crate) async fn send(&mut self, record: Bytes) -> Result<(), SendError> {
        self.session.write(record).await?;
        self.sent = true;
        Ok(())
    }
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        self.session.cancel(self.id, self.sent);
    }
}

fn into_owned(outcome: Outcome<'_>) -> Outcome<'static> {
    match outcome {
        Outcome::Empty => Outcome::Empty,
        Outcome::Value(value) => Outcome::Value(value.into_owned()),
        Outcome::Error(error) => Outcome::Error(error.into_owned().into()),
    }
}
