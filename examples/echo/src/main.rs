//! The echo sample: a raw WebSocket echo at `/ws`, the same as a hub at `/echo`,
//! and one page at `/` that talks to both.
//!
//! ```text
//! cargo run --release -p echo -- --listen 127.0.0.1:5000
//! cargo run --release -p echo -- --tls --verbose
//! ```
//!
//! With `--tls` browsers use HTTP/2, and open their WebSockets on the connection
//! that the page came by.

mod hub;
mod official_client;
mod page;
mod raw;
mod request_log;

use std::net::SocketAddr;

use axum::Router;
use axum::middleware::from_fn;
use axum::serve::ListenerExt;
use https_listener::TlsListener;
use hub_server::HubRouterExt;
use tokio::net::{TcpListener, TcpStream};

use crate::hub::EchoHub;
use crate::official_client::OfficialClient;

const USAGE: &str = "usage: echo [--listen ADDRESS] [--compression] [--tls] [--verbose] [--no-npm]

  --listen ADDRESS  where to listen; default 127.0.0.1:5000, port 0 for a free one
  --compression     compress on /ws if the client offers to; dangerous where secrets are sent
  --tls             serve https, with HTTP/2 and a certificate made at start
  --verbose         print every request
  --no-npm          do not use the official client, which npm would download (once, into web/node_modules)";

struct Arguments {
    listen: SocketAddr,
    tls: bool,
    verbose: bool,
    compression: bool,
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
    let mut app = Router::new()
        .hub("/echo", EchoHub)
        .route("/ws", raw::echo(arguments.compression))
        .merge(page::routes(client.clone()));
    if arguments.verbose {
        app = app.layer(from_fn(request_log::print));
    }
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(arguments.listen).await?;
    let address = listener.local_addr()?;
    let scheme = if arguments.tls { "https" } else { "http" };
    println!("Now listening on: {scheme}://{address}");
    if arguments.npm {
        tokio::spawn(client.download());
    }
    if arguments.tls {
        let listener = TlsListener::new(listener, https_listener::self_signed()?);
        let listener = listener.tap_io(|tls| send_at_once(tls.get_ref().0));
        axum::serve(listener, app).await?;
    } else {
        let listener = listener.tap_io(|tcp| send_at_once(tcp));
        axum::serve(listener, app).await?;
    }
    Ok(())
}

/// Small messages must not wait for the acknowledgement of earlier ones.
fn send_at_once(tcp: &TcpStream) {
    // It works without, if slower.
    let _ = tcp.set_nodelay(true);
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        listen: ([127, 0, 0, 1], 5000).into(),
        tls: false,
        verbose: false,
        compression: false,
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
            "--tls" => arguments.tls = true,
            "--verbose" => arguments.verbose = true,
            "--compression" => arguments.compression = true,
            "--no-npm" => arguments.npm = false,
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    Ok(arguments)
}
