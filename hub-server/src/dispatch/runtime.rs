//! A hub at run time: its value, its methods, and the core it shares with
//! everything that does not know its type.

use std::any::Any;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use hub_core::{Arguments, BindError};
use tokio_util::sync::CancellationToken;

use super::call::{CallId, Running};
use super::method::{MethodInfo, MethodTable, StartError};
use super::parameter::Resolver;
use super::upload::Upload;
use crate::clients::Asker;
use crate::connection::Session;
use crate::lifetime::HubCore;
use crate::panics::contain;
use crate::{DisconnectReason, Hub, HubCaller, HubContext, HubError, HubMethods, HubOptions};

/// A hub with everything it needs.
pub(crate) struct HubRuntime<H: Hub> {
    hub: Arc<H>,
    methods: MethodTable<H>,
    core: Arc<HubCore>,
}

impl<H: Hub> HubRuntime<H> {
    pub(crate) fn new(hub: H, options: HubOptions) -> Self {
        let methods = H::methods(HubMethods::new()).table;
        Self {
            hub: Arc::new(hub),
            methods,
            core: Arc::new(HubCore::new(options)),
        }
    }

    pub(crate) fn hub(&self) -> &H {
        &self.hub
    }

    pub(crate) fn hub_arc(&self) -> &Arc<H> {
        &self.hub
    }

    pub(crate) fn core(&self) -> &Arc<HubCore> {
        &self.core
    }

    pub(crate) fn context(&self) -> HubContext<H> {
        HubContext::new(self.core.clone())
    }
}

pub(crate) type HookFuture = Pin<Box<dyn Future<Output = Result<(), HubError>> + Send>>;

/// A hub without its type, as connections use it.
pub(crate) trait Dispatch: Send + Sync {
    fn core(&self) -> &Arc<HubCore>;

    /// Data for a new connection; `None` when making it panicked.
    fn new_data(&self) -> Option<Box<dyn Any + Send + Sync>>;

    fn find(&self, target: &str) -> Option<usize>;

    fn info(&self, method: usize) -> &MethodInfo;

    fn check(&self, method: usize, arguments: &Arguments<'_>) -> Result<(), BindError>;

    fn is_authorized(&self, method: usize, session: &Arc<Session>) -> bool;

    fn start(&self, call: NewCall<'_>) -> Result<StartedCall, StartError>;

    fn connected(&self, session: &Arc<Session>) -> HookFuture;

    fn disconnected(&self, session: &Arc<Session>, reason: DisconnectReason) -> HookFuture;
}

/// A call that is about to start.
pub(crate) struct NewCall<'c> {
    pub(crate) method: usize,
    pub(crate) arguments: &'c Arguments<'c>,
    pub(crate) stream_ids: &'c [Cow<'c, str>],
    pub(crate) session: &'c Arc<Session>,
    pub(crate) id: CallId,
}

/// A call that has been made and not yet been polled.
pub(crate) struct StartedCall {
    pub(crate) running: Running,
    /// Set when the method takes a token.
    pub(crate) cancellation: Option<CancellationToken>,
    pub(crate) uploads: Vec<Upload>,
}

pub(crate) struct Dispatcher<H: Hub>(pub(crate) Arc<HubRuntime<H>>);

impl<H: Hub> Dispatcher<H> {
    fn caller(&self, session: &Arc<Session>, asker: Asker) -> HubCaller<H> {
        HubCaller {
            runtime: self.0.clone(),
            session: session.clone(),
            asker,
        }
    }
}

impl<H: Hub> Dispatch for Dispatcher<H> {
    fn core(&self) -> &Arc<HubCore> {
        &self.0.core
    }

    fn new_data(&self) -> Option<Box<dyn Any + Send + Sync>> {
        let data = contain(H::Data::default)?;
        Some(Box::new(data))
    }

    fn find(&self, target: &str) -> Option<usize> {
        self.0.methods.find(target)
    }

    fn info(&self, method: usize) -> &MethodInfo {
        self.0.methods.info(method)
    }

    fn check(&self, method: usize, arguments: &Arguments<'_>) -> Result<(), BindError> {
        // Decoding may run the application's code.
        contain(|| self.0.methods.function(method).check(arguments)).unwrap_or_else(|| {
            Err(BindError::Value {
                cause: "decoding panicked".into(),
            })
        })
    }

    fn is_authorized(&self, method: usize, session: &Arc<Session>) -> bool {
        let policies = self.0.methods.authorize(method);
        policies.is_empty() || {
            let caller = self.caller(session, Asker::Outside);
            let admitted = || policies.iter().all(|allowed| allowed(&caller));
            // Whoever cannot be judged is not admitted.
            contain(admitted).unwrap_or(false)
        }
    }

    fn start(&self, call: NewCall<'_>) -> Result<StartedCall, StartError> {
        let mut cancellation = None;
        let mut uploads = Vec::new();
        let mut resolver = Resolver {
            runtime: &self.0,
            session: call.session,
            call: call.id,
            cancellation: &mut cancellation,
            stream_ids: call.stream_ids,
            uploads: &mut uploads,
        };
        let function = self.0.methods.function(call.method);
        let running = contain(|| function.start(call.arguments, &mut resolver))
            .ok_or(StartError::Panicked)?
            .map_err(StartError::Bind)?;
        Ok(StartedCall {
            running,
            cancellation,
            uploads,
        })
    }

    fn connected(&self, session: &Arc<Session>) -> HookFuture {
        let caller = self.caller(session, Asker::Connecting);
        Box::pin(async move { caller.hub().on_connected(&caller).await })
    }

    fn disconnected(&self, session: &Arc<Session>, reason: DisconnectReason) -> HookFuture {
        let caller = self.caller(session, Asker::Outside);
        Box::pin(async move { caller.hub().on_disconnected(&caller, &reason).await })
    }
}
