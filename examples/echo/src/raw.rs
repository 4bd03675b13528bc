//! The echo on a raw WebSocket: every fragment comes back as it came, with its
//! kind and end-of-message flag, and so does the close frame.

use axum::routing::{MethodRouter, any};
use hub_server::websocket::{WebSocket, WebSocketOptions, WebSocketUpgrade};

/// A message that is compressed counts with the length that it inflates to.
const MAX_MESSAGE_SIZE: usize = 64 * 1024 * 1024;

/// Opens the WebSocket; a request that is none gets 400.
pub(crate) fn echo(compression: bool) -> MethodRouter {
    let options = WebSocketOptions::default()
        .max_message_size(MAX_MESSAGE_SIZE)
        .dangerous_enable_compression(compression);
    any(move |upgrade: WebSocketUpgrade| async move {
        upgrade.options(options).on_upgrade(echo_until_closed)
    })
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
