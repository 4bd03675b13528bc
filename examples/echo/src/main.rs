//! The echo sample: a raw WebSocket echo at `/ws`, the same as a hub at `/echo`,
//! and one page at `/` that talks to both.
//!
//! ```text
//! cargo run --release -p echo -- --listen 127.0.0.1:5000
//! ```

mod hub;
mod official_client;
mod page;
mod raw;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::any;
use axum::serve::ListenerExt;
use hub_server::HubRouterExt;
use tokio::net::TcpListener;

use crate::hub::EchoHub;
use crate::official_client::OfficialClient;

const USAGE: &str = "usage: echo [--listen ADDRESS] [--no-npm]

  --listen ADDRESS  where to listen; default 127.0.0.1:5000, port 0 for a free one
  --no-npm          do not use the official client, which npm would download (once, into web/node_modules)";

struct Arguments {
    listen: SocketAddr,
    npm: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(what) => {
            eprintln!("{what}\n\n{USAGE}");
            std::process::exit(2);
        }
    };
    let client = match arguments.npm {
        true => OfficialClient::installed().await,
        false => OfficialClient::default(),
    };
    let app = Router::new()
        .hub("/echo", EchoHub)
        .route("/ws", any(raw::echo))
        .merge(page::routes(client.clone()));
    let listener = TcpListener::bind(arguments.listen).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    if arguments.npm {
        tokio::spawn(client.download());
    }
    // Small messages must not wait for the acknowledgement of earlier ones.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(())
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        listen: ([127, 0, 0, 1], 5000).into(),
        npm: true,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--listen" => {
                let address = words.next().ok_or("--listen needs an address")?;
                arguments.listen = address
                    .parse()
                    .map_err(|_| format!("{address} is no address"))?;
            }
            "--no-npm" => arguments.npm = false,
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    Ok(arguments)
}
