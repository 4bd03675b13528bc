//! Asking a client for a value: from the question to the answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hub_core::protocol::{Call, HubProtocol};
use hub_core::serialized::EncodedMessage;
use hub_core::{EncodeArguments, EncodedValue, Outcome};
use tokio::sync::oneshot;

use super::outbox::Item;
use super::session::Session;
use crate::error::InvokeError;
use crate::lifetime::HubCore;

/// A question on its way to the client.
pub(crate) struct Ask {
    pub(crate) id: Box<str>,
    pub(crate) message: EncodedMessage,
    pub(crate) reply: Reply,
}

/// Where the client's answer goes. Dropped unused when the connection ends.
pub(crate) struct Reply(oneshot::Sender<Result<EncodedValue<'static>, InvokeError>>);

impl Reply {
    pub(crate) fn settle(self, outcome: Outcome<'_>) {
        let answer = match outcome {
            Outcome::Value(value) => Ok(value.into_owned()),
            Outcome::Error(text) => Err(InvokeError::Client(text.into_owned())),
            Outcome::Empty => Err(InvokeError::NoResult),
        };
        // The receiver may have given up.
        let _ = self.0.send(answer);
    }
}

/// The client's answer. Dropping it gives up the question: a late answer is
/// ignored, and nothing of it stays behind.
pub(crate) struct Answer {
    core: Arc<HubCore>,
    session: Arc<Session>,
    id: Box<str>,
    receiver: oneshot::Receiver<Result<EncodedValue<'static>, InvokeError>>,
}

impl Answer {
    /// Queues the question for the client of `session`.
    pub(crate) fn ask(
        core: &Arc<HubCore>,
        session: Arc<Session>,
        protocol: &dyn HubProtocol,
        method: &str,
        arguments: &dyn EncodeArguments,
    ) -> Result<Self, InvokeError> {
        let id = crate::random::unguessable_id().into_boxed_str();
        let call = Call::to(method).with_invocation_id(&id);
        let message = EncodedMessage::encode(protocol, |out| {
            protocol.encode_invocation(&call, arguments, out)
        })?;
        let (sender, receiver) = oneshot::channel();
        let ask = Ask {
            id: id.clone(),
            message,
            reply: Reply(sender),
        };
        core.open_question(&id, session.id());
        let answer = Self {
            core: core.clone(),
            session,
            id,
            receiver,
        };
        match answer.session.outbox().notify(Item::Ask(Box::new(ask))) {
            Ok(()) => Ok(answer),
            Err(_) => Err(InvokeError::Disconnected(answer.session.id().clone())),
        }
    }
}

impl Future for Answer {
    type Output = Result<EncodedValue<'static>, InvokeError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.receiver).poll(context));
        Poll::Ready(
            answer.unwrap_or_else(|_| Err(InvokeError::Disconnected(self.session.id().clone()))),
        )
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.core.close_question(&self.id);
        // Nothing to forget where there is no task any more.
        let _ = self.session.outbox().notify(Item::Forget(self.id.clone()));
    }
}
