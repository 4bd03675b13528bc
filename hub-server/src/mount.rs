//! Hubs as axum routes.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use http::{Extensions, HeaderMap};

use crate::application::Application;
use crate::authorization::Denied;
use crate::dispatch::{Dispatcher, HubRuntime};
use crate::http::{Connections, negotiate, serve_transport};
use crate::shutdown::Leave;
use crate::websocket::origin::Origin;
use crate::{Hub, HubContext, HubOptions, Principal, Shutdown, TransportKind};

/// A hub that is ready to be mounted.
///
/// A cheap clone; every mount of one service shares its connections, groups and
/// users.
///
/// ```
/// # use hub_server::{AnyClient, Hub, HubMethods};
/// # struct Chat;
/// # impl Hub for Chat {
/// #     type Client = AnyClient;
/// #     type Data = ();
/// #     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> { methods }
/// # }
/// use axum::Router;
/// use hub_server::{HubRouterExt, HubService};
///
/// let service = HubService::new(Chat);
/// let context = service.context();
/// let app: Router = Router::new().hub("/chat", service);
/// // `context` sends to the hub's clients from anywhere.
/// # let _ = (context, app);
/// ```
pub struct HubService<H: Hub> {
    runtime: Arc<HubRuntime<H>>,
    /// Fewer transports than the options offer.
    transports: Option<Arc<[TransportKind]>>,
}

impl<H: Hub> HubService<H> {
    /// A hub with the default options.
    pub fn new(hub: H) -> Self {
        Self::with_options(hub, HubOptions::new())
    }

    /// A hub with these options.
    ///
    /// # Panics
    /// When the options do not fit each other (see [`HubOptions::validate`]) or
    /// two methods have the same name: such a server should not start.
    pub fn with_options(hub: H, options: HubOptions) -> Self {
        if let Err(error) = options.validate() {
            panic!("{error}");
        }
        Self {
            runtime: Arc::new(HubRuntime::new(hub, options)),
            transports: None,
        }
    }

    /// Offers only these of the options' transports wherever this handle is
    /// mounted; its clones that are mounted elsewhere offer what they did.
    ///
    /// ```
    /// # use hub_server::{AnyClient, Hub, HubMethods};
    /// # struct Chat;
    /// # impl Hub for Chat {
    /// #     type Client = AnyClient;
    /// #     type Data = ();
    /// #     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> { methods }
    /// # }
    /// use axum::Router;
    /// use hub_server::{HubRouterExt, HubService, TransportKind};
    ///
    /// let service = HubService::new(Chat);
    /// let polled = service.clone().transports([TransportKind::LongPolling]);
    /// let app: Router = Router::new().hub("/chat", service).hub("/chat-polled", polled);
    /// # let _ = app;
    /// ```
    #[must_use]
    pub fn transports(mut self, transports: impl IntoIterator<Item = TransportKind>) -> Self {
        self.transports = Some(transports.into_iter().collect());
        self
    }

    /// The hub from outside.
    #[must_use]
    pub fn context(&self) -> HubContext<H> {
        self.runtime.context()
    }
}

impl<H: Hub> Clone for HubService<H> {
    fn clone(&self) -> Self {
        Self {
            runtime: self.runtime.clone(),
            transports: self.transports.clone(),
        }
    }
}

impl<H: Hub> fmt::Debug for HubService<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubService(..)")
    }
}

/// What can be mounted: a hub, or a [`HubService`] made of one.
pub trait IntoHubService {
    /// The hub.
    type Hub: Hub;

    /// Makes it ready to be mounted.
    fn into_hub_service(self) -> HubService<Self::Hub>;
}

impl<H: Hub> IntoHubService for H {
    type Hub = H;

    fn into_hub_service(self) -> HubService<H> {
        HubService::new(self)
    }
}

impl<H: Hub> IntoHubService for HubService<H> {
    type Hub = H;

    fn into_hub_service(self) -> Self {
        self
    }
}

/// Mounts hubs into an axum router; implemented for [`Router`] alone.
pub trait HubRouterExt: sealed::HubRouterExt + Sized {
    /// Serves `hub` at `path`, and its negotiation at `path/negotiate`.
    ///
    /// # Panics
    /// When the path is taken or invalid, as by [`Router::route`].
    #[must_use]
    fn hub(self, path: &str, hub: impl IntoHubService) -> Self;

    /// The same with other than the default options.
    ///
    /// # Panics
    /// As [`hub`](Self::hub) and [`HubService::with_options`].
    #[must_use]
    fn hub_with<H: Hub>(self, path: &str, hub: H, options: HubOptions) -> Self {
        self.hub(path, HubService::with_options(hub, options))
    }
}

impl<S: Clone + Send + Sync + 'static> HubRouterExt for Router<S> {
    fn hub(self, path: &str, hub: impl IntoHubService) -> Self {
        let HubService {
            runtime,
            transports,
        } = hub.into_hub_service();
        let application = Application::Hub(Arc::new(Dispatcher(runtime)));
        route(self, path, Mount::new(application, transports))
    }
}

/// Serves `mount` at `path`, and its negotiation below.
pub(crate) fn route<S>(router: Router<S>, path: &str, mount: Mount) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let negotiation = mount.clone();
    let negotiate_path = format!("{}/negotiate", path.trim_end_matches('/'));
    router
        .route(
            path,
            any(move |request: Request| async move { serve_transport(&mount, request).await }),
        )
        .route(
            &negotiate_path,
            any(move |request: Request| async move { negotiate(&negotiation, &request) }),
        )
}

mod sealed {
    pub trait HubRouterExt {}
    impl<S> HubRouterExt for axum::Router<S> {}
}

/// An application at a path. Connections negotiated here are good here only.
#[derive(Clone)]
pub(crate) struct Mount {
    pub(crate) application: Application,
    pub(crate) connections: Arc<Connections>,
    transports: Option<Arc<[TransportKind]>>,
}

impl Mount {
    /// Offers the transports of the options, or fewer.
    pub(crate) fn new(application: Application, transports: Option<Arc<[TransportKind]>>) -> Self {
        let options = application.options();
        let connections = Connections::new(
            options.disconnect_timeout,
            options.maximum_pending_negotiations,
        );
        Self {
            application,
            connections,
            transports,
        }
    }

    /// Whether clients may use this transport here.
    pub(crate) fn offers(&self, kind: TransportKind) -> bool {
        let fewer = self.transports.as_deref();
        self.options().transports.contains(&kind)
            && fewer.is_none_or(|transports| transports.contains(&kind))
    }

    /// Whether a request is let in: by the page that makes it, and by its user.
    pub(crate) fn authorize(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<(), Denied> {
        let options = self.options();
        let origins = &options.allowed_origins;
        if !origins.is_empty() && !Origin::of(headers).is_allowed(origins) {
            return Err(Denied::Forbidden);
        }
        options.authorization.check(extensions.get::<Principal>())
    }

    /// Whether the server stops, so that nobody is let in.
    pub(crate) fn is_leaving(&self) -> bool {
        self.shutdown().is_some_and(Shutdown::has_begun)
    }

    pub(crate) fn shutdown(&self) -> Option<&Shutdown> {
        self.options().shutdown.as_ref()
    }

    /// Runs a connection from its first byte to its last.
    pub(crate) fn spawn(
        &self,
        member: Arc<dyn Leave>,
        connection: impl Future<Output = ()> + Send + 'static,
    ) {
        match self.shutdown() {
            Some(shutdown) => shutdown.spawn(shutdown.enter(member), connection),
            None => drop(tokio::spawn(connection)),
        }
    }

    pub(crate) fn options(&self) -> &HubOptions {
        self.application.options()
    }
}
