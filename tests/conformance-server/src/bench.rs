//! The hub that load generators measure.

use axum::Router;
use futures_util::stream;
use hub_server::{AnyClient, Hub, HubCaller, HubError, HubMethods, HubRouterExt};

struct BenchHub;

type Caller = HubCaller<BenchHub>;

pub(crate) fn mount(router: Router) -> Router {
    router.hub("/bench", BenchHub)
}

impl Hub for BenchHub {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods
            .method("Echo", |text: String| async move { text })
            .method("Add", |a: i32, b: i32| async move { a.wrapping_add(b) })
            .method("Broadcast", broadcast)
            .method("JoinGroup", |caller: Caller, name: String| async move {
                caller.groups().add(name).await
            })
            .method("SendToGroup", send_to_group)
            .method("Stream", |count: i32| stream::iter(0..count))
    }
}

async fn broadcast(caller: Caller, text: String) -> Result<(), HubError> {
    Ok(caller.clients().all().send("Message", (text,)).await?)
}

async fn send_to_group(caller: Caller, name: String, text: String) -> Result<(), HubError> {
    Ok(caller
        .clients()
        .group(name)
        .send("Message", (text,))
        .await?)
}
