//! Which handlers there are, and how they are run when the server calls.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use hub_core::{Arguments, BindError, Invocation, Outcome};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::handler::{Handler, HandlerAnswer};
use crate::receive_buffer::Charge;
use crate::registration::Slots;
use crate::session::Session;

type HandlerFuture = Pin<Box<dyn Future<Output = HandlerAnswer> + Send>>;
type ErasedHandler = dyn Fn(&Arguments<'_>) -> Result<HandlerFuture, BindError> + Send + Sync;

/// The handlers by method name.
#[derive(Default)]
pub(crate) struct Handlers {
    methods: Mutex<HashMap<String, Slots<ErasedHandler>>>,
}

impl Handlers {
    pub(crate) fn add<M>(&self, method: &str, handler: impl Handler<M>) -> u64 {
        let erased = Arc::new(move |arguments: &Arguments<'_>| handler.call(arguments));
        let mut methods = self.methods.lock();
        methods
            .entry(method.to_ascii_lowercase())
            .or_default()
            .add(erased)
    }

    pub(crate) fn remove(&self, method: &str, id: u64) {
        if let Some(slots) = self.methods.lock().get_mut(&*key(method)) {
            slots.remove(id);
        }
    }

    pub(crate) fn remove_all(&self, method: &str) {
        if let Some(slots) = self.methods.lock().get_mut(&*key(method)) {
            slots.clear();
        }
    }

    fn of(&self, method: &str) -> Arc<[(u64, Arc<ErasedHandler>)]> {
        match self.methods.lock().get(&*key(method)) {
            Some(slots) => slots.snapshot(),
            None => Arc::new([]),
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.methods.lock().keys()).finish()
    }
}

/// Names are compared without regard to ASCII case.
fn key(method: &str) -> Cow<'_, str> {
    if method.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(method.to_ascii_lowercase())
    } else {
        Cow::Borrowed(method)
    }
}

/// A call of the server that waits for its turn.
pub(crate) struct IncomingCall {
    target: Box<str>,
    arguments: Arguments<'static>,
    /// Set when the server waits for an answer.
    invocation_id: Option<Box<str>>,
    /// The connection over which it came and the answer goes.
    session: Arc<Session>,
    /// Held until the handlers are done.
    _charge: Charge,
}

impl IncomingCall {
    pub(crate) fn new(call: Invocation<'_>, session: Arc<Session>, charge: Charge) -> Self {
        Self {
            target: call.target.into(),
            arguments: call.arguments.into_owned(),
            invocation_id: call.invocation_id.map(Into::into),
            session,
            _charge: charge,
        }
    }
}

/// Runs the handlers of `calls`, one call after the other, until there are no
/// more. Calls that wait for an answer run beside the others, so that a handler
/// may wait for what such an answer leads to.
pub(crate) async fn run(handlers: Arc<Handlers>, mut calls: mpsc::UnboundedReceiver<IncomingCall>) {
    while let Some(call) = calls.recv().await {
        if call.invocation_id.is_some() {
            tokio::spawn(answer(Arc::clone(&handlers), call));
        } else {
            notify(&handlers, &call).await;
        }
    }
}

async fn notify(handlers: &Handlers, call: &IncomingCall) {
    let handlers = handlers.of(&call.target);
    if handlers.is_empty() {
        tracing::debug!(target_method = &*call.target, "no handler for this method");
    }
    for (_, handler) in handlers.iter() {
        if let HandlerAnswer::Failed(error) = run_handler(&**handler, call).await {
            tracing::warn!(target_method = &*call.target, error, "a handler failed");
        }
    }
}

async fn answer(handlers: Arc<Handlers>, call: IncomingCall) {
    let Some(invocation_id) = &call.invocation_id else {
        return;
    };
    let mut answers = Vec::new();
    for (_, handler) in handlers.of(&call.target).iter() {
        answers.push(run_handler(&**handler, &call).await);
    }
    call.session.answer(invocation_id, outcome(answers)).await;
}

/// What the server is told after all handlers of a method have run.
fn outcome(answers: Vec<HandlerAnswer>) -> Outcome<'static> {
    let mut outcome = None;
    for answer in answers {
        match answer {
            HandlerAnswer::NoValue => {}
            HandlerAnswer::Failed(error) => return Outcome::Error(error.into()),
            HandlerAnswer::Value(_) if outcome.is_some() => {
                return Outcome::Error("Client provided multiple results.".into());
            }
            HandlerAnswer::Value(value) => outcome = Some(Outcome::Value(value)),
        }
    }
    outcome.unwrap_or(Outcome::Error("Client didn't provide a result.".into()))
}

/// Runs one handler; a panic ends nothing but itself.
async fn run_handler(handler: &ErasedHandler, call: &IncomingCall) -> HandlerAnswer {
    let run = async {
        match handler(&call.arguments) {
            Ok(future) => future.await,
            Err(error) => {
                let target = &*call.target;
                tracing::warn!(target_method = target, %error, "the arguments fit no handler");
                HandlerAnswer::Failed("Client failed to parse argument(s).".into())
            }
        }
    };
    AssertUnwindSafe(run)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!(target_method = &*call.target, "a handler panicked");
            HandlerAnswer::Failed("The handler of the client panicked.".into())
        })
}
