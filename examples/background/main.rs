//! A raw WebSocket that a background task takes over, and a server that stops in
//! good order: Ctrl-C, or SIGTERM, closes every socket with code 1001.
//!
//! ```text
//! cargo run -p examples --bin background -- 127.0.0.1:5000
//! ```

mod signal;
mod ticker;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use hub_server::Shutdown;
use hub_server::websocket::{WebSocketOptions, WebSocketUpgrade};

use crate::ticker::Ticker;

#[derive(Clone)]
struct App {
    ticker: Ticker,
    shutdown: Shutdown,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:5000".into());
    let shutdown = Shutdown::new();
    let app = App {
        ticker: Ticker::start(),
        shutdown: shutdown.clone(),
    };
    let app = Router::new().route("/ticks", any(accept)).with_state(app);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            signal::to_stop().await;
            println!("Stopping");
            // From here on new clients get 503, and every socket ends.
            let cut_off = shutdown.drain().await;
            println!("Stopped, {cut_off} cut off");
        })
        .await
}

async fn accept(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    let options = WebSocketOptions::default().shutdown(&app.shutdown);
    upgrade
        .options(options)
        .on_upgrade(|mut socket| async move {
            let ended = socket.ended();
            app.ticker.take_over(socket).await;
            // What belongs to the request lives until the socket is gone.
            ended.await;
            println!("A socket has ended");
        })
}
