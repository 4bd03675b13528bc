//! Raw connections that send back what they receive.

use axum::Router;
use hub_server::raw::{RawConnection, RawRouterExt};

pub(crate) fn mount(router: Router) -> Router {
    router.connection_handler("/echo", echo)
}

async fn echo(mut connection: RawConnection) {
    while let Some(bytes) = connection.recv().await {
        if connection.send(bytes).await.is_err() {
            return;
        }
    }
}
