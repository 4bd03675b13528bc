//! The conformance hub in its many settings; each mount is a hub of its own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hub_server::protocol::JsonProtocol;
use hub_server::{HubContext, HubOptions, HubRouterExt, HubService, TransportKind};

use crate::hub::ConformanceHub;
use crate::lab::Lab;

/// All mounts, and the hub on `/conformance` from outside.
pub(crate) fn mounts(lab: &Arc<Lab>) -> (Router, HubContext<ConformanceHub>) {
    let plain = HubService::new(ConformanceHub::new(lab));
    let context = plain.context();
    let mut router = Router::new().hub("/conformance", plain);
    for (path, options) in settings() {
        router = router.hub_with(path, ConformanceHub::new(lab), options);
    }
    let lifecycle = ConformanceHub::new(lab).obeying_queries();
    (router.hub("/conformance-lifecycle", lifecycle), context)
}

fn settings() -> [(&'static str, HubOptions); 14] {
    let options = HubOptions::new;
    [
        ("/conformance-detailed", options().detailed_errors(true)),
        ("/conformance-json", options().protocols([JsonProtocol])),
        (
            "/conformance-limits",
            options()
                .maximum_receive_message_size(Some(256))
                .stream_buffer_capacity(2)
                .detailed_errors(true),
        ),
        (
            "/conformance-fast",
            options()
                .keep_alive_interval(Duration::from_millis(500))
                .client_timeout_interval(Duration::from_secs(1))
                .handshake_timeout(Duration::from_secs(1)),
        ),
        (
            "/conformance-parallel",
            options().maximum_parallel_invocations(4),
        ),
        (
            "/conformance-websockets",
            options()
                .transports([TransportKind::WebSockets])
                .websocket_subprotocols(["conformance"]),
        ),
        (
            "/conformance-sse",
            options().transports([TransportKind::ServerSentEvents]),
        ),
        (
            "/conformance-longpolling",
            options()
                .transports([TransportKind::LongPolling])
                .poll_timeout(Duration::from_secs(2)),
        ),
        (
            "/conformance-reconnect",
            options().allow_stateful_reconnects(true),
        ),
        (
            "/conformance-reconnect-small",
            options()
                .allow_stateful_reconnects(true)
                .stateful_reconnect_buffer_size(1000),
        ),
        (
            "/conformance-minversion",
            options().minimum_negotiate_version(1),
        ),
        ("/conformance-auth", options().require_authentication()),
        (
            "/conformance-admins",
            options().authorize(|user| user.has_claim("role", "admin")),
        ),
        (
            "/conformance-close-on-expiry",
            options()
                .require_authentication()
                .close_on_authentication_expiration(true),
        ),
    ]
}
