//! The server that the conformance kit talks to: hubs in many settings, and
//! endpoints that help its scenarios along (`tests/conformance/SERVER.md`).

mod arguments;
mod bench;
mod helpers;
mod hub;
mod lab;
mod mounts;
mod test_hub;
mod tokens;
mod values;

use axum::Router;
use tokio::net::TcpListener;

use crate::lab::Lab;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments::parse(std::env::args().skip(1))?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.http)).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    axum::serve(listener, app()).await?;
    Ok(())
}

fn app() -> Router {
    let lab = Lab::new();
    let (mounts, conformance) = mounts::mounts(&lab);
    let router = bench::mount(test_hub::mount(mounts));
    let router = router.merge(helpers::routes(lab.clone(), conformance));
    router.layer(axum::middleware::from_fn_with_state(
        lab,
        tokens::authenticate,
    ))
}
