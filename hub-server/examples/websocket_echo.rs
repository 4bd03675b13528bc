//! Sends every WebSocket message back to where it came from, at `/`: what RFC 6455
//! test suites talk to.
//!
//! ```sh
//! cargo run -p hub-server --example websocket_echo -- --listen 127.0.0.1:9001
//! ```

use axum::Router;
use axum::response::Response;
use axum::routing::any;
use hub_server::websocket::{WebSocket, WebSocketError, WebSocketOptions, WebSocketUpgrade};
use tokio::net::TcpListener;

const USAGE: &str = "usage: websocket_echo [--listen ADDRESS:PORT]";

/// The suites send messages of up to 16 MiB.
const MAX_MESSAGE_SIZE: usize = 64 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(address()?).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    let app = Router::new().route("/", any(upgrade));
    axum::serve(listener, app).await?;
    Ok(())
}

fn address() -> Result<String, &'static str> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok("127.0.0.1:9001".to_owned()),
        [listen, address] if listen == "--listen" => Ok(address.clone()),
        _ => Err(USAGE),
    }
}

async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    let options = WebSocketOptions::default()
        .max_message_size(MAX_MESSAGE_SIZE)
        .max_frame_size(MAX_MESSAGE_SIZE as u64);
    upgrade.options(options).on_upgrade(|socket| async {
        if let Err(error) = echo(socket).await {
            eprintln!("{error}");
        }
    })
}

async fn echo(mut socket: WebSocket) -> Result<(), WebSocketError> {
    while let Some(message) = socket.recv().await {
        let message = message?;
        if message.is_data() {
            socket.feed(message).await?;
        }
    }
    Ok(())
}
