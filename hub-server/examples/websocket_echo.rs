//! Sends every WebSocket message back to where it came from, at `/`: what RFC 6455
//! test suites talk to.
//!
//! ```sh
//! cargo run -p hub-server --example websocket_echo -- --listen 127.0.0.1:9001 --compression
//! ```

use axum::Router;
use axum::response::Response;
use axum::routing::any;
use hub_server::websocket::{WebSocket, WebSocketError, WebSocketOptions, WebSocketUpgrade};
use tokio::net::TcpListener;

const USAGE: &str = "usage: websocket_echo [--listen ADDRESS:PORT] [--compression]";

/// The suites send messages of up to 16 MiB.
const MAX_MESSAGE_SIZE: usize = 64 * 1024 * 1024;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (address, compression) = arguments()?;
    let listener = TcpListener::bind(address).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    let options = options(compression);
    let app = Router::new().route("/", any(move |request| upgrade(request, options.clone())));
    axum::serve(listener, app).await?;
    Ok(())
}

/// Where to listen, and whether to compress.
fn arguments() -> Result<(String, bool), &'static str> {
    let (mut address, mut compression) = ("127.0.0.1:9001".to_owned(), false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--listen" => address = words.next().ok_or(USAGE)?,
            "--compression" => compression = true,
            _ => return Err(USAGE),
        }
    }
    Ok((address, compression))
}

/// Compresses whatever it can, and as the client offers, to be tested in all ways.
fn options(compression: bool) -> WebSocketOptions {
    WebSocketOptions::default()
        .max_message_size(MAX_MESSAGE_SIZE)
        .max_frame_size(MAX_MESSAGE_SIZE as u64)
        .dangerous_enable_compression(compression)
        .disable_server_context_takeover(false)
        .disable_client_context_takeover(false)
        .min_compressed_size(0)
}

async fn upgrade(upgrade: WebSocketUpgrade, options: WebSocketOptions) -> Response {
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
