//! Echo as people usually write it: one receive, one send, one flush for each message.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;

/// `/echo`, with the options that `configure` sets.
pub(crate) fn router(configure: fn(WebSocketUpgrade) -> WebSocketUpgrade) -> Router {
    let handler =
        move |upgrade: WebSocketUpgrade| async move { configure(upgrade).on_upgrade(echo) };
    Router::new().route("/echo", any(handler))
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(_) | Message::Binary(_) = message
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}
