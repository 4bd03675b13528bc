//! Who asks for what, and how it is answered.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Prints a line when a request is answered: the client's address, which is one
/// for everything that shares a TCP connection, then version, method, path and
/// status.
pub(crate) async fn print(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let head = format!(
        "{peer} {:?} {} {}",
        request.version(),
        request.method(),
        request.uri().path()
    );
    let response = next.run(request).await;
    println!("{head} {}", response.status().as_u16());
    response
}
