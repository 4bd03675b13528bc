//! A hub whose instance can never be built.

use axum::Router;
use hub_server::{AnyClient, Hub, HubCaller, HubError, HubMethods, HubOptions, HubRouterExt};

use crate::hub::InvalidOperationException;

struct UncreatableHub;

pub(crate) fn mount(router: Router) -> Router {
    router.hub_with(
        "/uncreatable",
        UncreatableHub,
        HubOptions::new().detailed_errors(true),
    )
}

impl Hub for UncreatableHub {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods
    }

    async fn on_connected(&self, _: &HubCaller<Self>) -> Result<(), HubError> {
        let text = "Unable to resolve service for type 'System.Object' while attempting to \
                    activate 'FunctionalTests.UncreatableHub'.";
        Err(InvalidOperationException(text.into()).into())
    }
}
