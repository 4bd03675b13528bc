//! The echo on a raw WebSocket: every fragment comes back as it came, with its
//! kind and end-of-message flag, and so does the close frame.

use axum::response::Response;
use hub_server::websocket::{WebSocket, WebSocketUpgrade};

/// Opens the WebSocket; a request that is none gets 400.
pub(crate) async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(echo_until_closed)
}

async fn echo_until_closed(mut socket: WebSocket) {
    while let Some(fragment) = socket.recv_fragment().await {
        // An error ends the connection; the socket has told the peer why.
        let Ok(fragment) = fragment else { return };
        if socket.send_fragment(fragment).await.is_err() {
            return;
        }
    }
}
