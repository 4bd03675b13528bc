//! The hub that only users may call.

use axum::Router;
use hub_server::{AnyClient, Hub, HubMethods, HubOptions, HubRouterExt};

struct AuthorizedHub;

pub(crate) fn mount(router: Router) -> Router {
    let options = HubOptions::new()
        .detailed_errors(true)
        .require_authentication();
    router.hub_with("/authorizedhub", AuthorizedHub, options)
}

impl Hub for AuthorizedHub {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods.method("Echo", |text: String| async move { text })
    }
}
