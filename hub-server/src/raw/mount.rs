//! Raw connections as axum routes.

use std::sync::Arc;

use axum::Router;

use super::{RawConnection, RawConnectionOptions, RawEndpoint};
use crate::application::Application;
use crate::mount::{Mount, route};

/// Mounts handlers of raw connections into an axum router.
pub trait RawRouterExt: Sized {
    /// Gives every connection at `path` to `handler`, each in a task of its own,
    /// and serves the negotiation at `path/negotiate`.
    ///
    /// # Panics
    /// When the path is taken or invalid, as by [`Router::route`].
    #[must_use]
    fn connection_handler<F, Fut>(self, path: &str, handler: F) -> Self
    where
        F: Fn(RawConnection) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.connection_handler_with(path, RawConnectionOptions::new(), handler)
    }

    /// The same with other than the default options.
    ///
    /// # Panics
    /// As [`connection_handler`](Self::connection_handler).
    #[must_use]
    fn connection_handler_with<F, Fut>(
        self,
        path: &str,
        options: RawConnectionOptions,
        handler: F,
    ) -> Self
    where
        F: Fn(RawConnection) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static;
}

impl<S: Clone + Send + Sync + 'static> RawRouterExt for Router<S> {
    fn connection_handler_with<F, Fut>(
        self,
        path: &str,
        options: RawConnectionOptions,
        handler: F,
    ) -> Self
    where
        F: Fn(RawConnection) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let endpoint = Arc::new(RawEndpoint::new(handler, options));
        route(self, path, Mount::new(Application::Raw(endpoint), None))
    }
}
