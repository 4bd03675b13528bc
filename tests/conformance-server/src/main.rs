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

use axum::http::uri::Scheme;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::serve::ListenerExt;
use axum::{Extension, Router};
use https_listener::TlsListener;
use tokio::net::TcpListener;

use crate::lab::Lab;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments::parse(std::env::args().skip(1))?;
    let https = TcpListener::bind(("127.0.0.1", arguments.https)).await?;
    println!("Now listening on: https://{}", https.local_addr()?);
    // Small messages must not wait for the acknowledgement of earlier ones.
    let https = TlsListener::new(https, https_listener::self_signed()?)
        .tap_io(|tls| drop(tls.get_ref().0.set_nodelay(true)));
    let http = TcpListener::bind(("127.0.0.1", arguments.http)).await?;
    println!("Now listening on: http://{}", http.local_addr()?);
    let http = http.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    let app = app();
    let secured = app.clone().layer(Extension(Scheme::HTTPS));
    tokio::try_join!(
        axum::serve(https, secured).into_future(),
        axum::serve(http, app).into_future(),
    )?;
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
