//! The server that the conformance kit talks to: hubs in many settings, and
//! endpoints that help its scenarios along (`tests/conformance/SERVER.md`).

mod arguments;
mod authorized_hub;
mod bench;
mod echo;
mod helpers;
mod hub;
mod lab;
mod mounts;
mod pipeline;
mod test_hub;
mod tokens;
mod uncreatable;
mod values;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::lab::Lab;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments::parse(std::env::args().skip(1))?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.http)).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    // Small messages must not wait for the acknowledgement of earlier ones.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, app()).await?;
    Ok(())
}

/// The whole application: what the contract says comes first goes outermost.
fn app() -> Router {
    let lab = Lab::new();
    let (mounts, conformance) = mounts::mounts(&lab);
    let hubs = authorized_hub::mount(test_hub::mount(mounts));
    let hubs = echo::mount(uncreatable::mount(bench::mount(hubs)));
    let routes = hubs.merge(helpers::routes(lab.clone(), conformance));
    let endpoints = routes.layer(from_fn_with_state(lab, tokens::authenticate));
    // A layer on a router runs behind the choice of a route, and the paths have
    // to be lowered before it: so the router becomes the fallback of another.
    Router::new()
        .fallback_service(endpoints)
        .layer(from_fn(pipeline::run))
}
