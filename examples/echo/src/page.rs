//! The page and its scripts, built into the program.

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use crate::official_client::OfficialClient;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

pub(crate) fn routes(client: OfficialClient) -> Router {
    Router::new()
        .route("/", get(Html(include_str!("../web/index.html"))))
        .route(
            "/assets/style.css",
            asset("text/css; charset=utf-8", include_str!("../web/style.css")),
        )
        .route(
            "/assets/icon.svg",
            asset("image/svg+xml", include_str!("../web/icon.svg")),
        )
        .route(
            "/assets/app.js",
            asset(JAVASCRIPT, include_str!("../web/app.js")),
        )
        .route(
            "/assets/hub-client.js",
            asset(JAVASCRIPT, include_str!("../web/hub-client.js")),
        )
        .route(
            "/assets/signalr.js",
            get(move || async move { official(client.script()) }),
        )
}

fn asset(kind: &'static str, content: &'static str) -> axum::routing::MethodRouter {
    get(([(CONTENT_TYPE, kind)], content))
}

/// The official client; as long as it is not installed the page uses its own
/// script.
fn official(script: Option<Bytes>) -> Response {
    match script {
        Some(script) => ([(CONTENT_TYPE, JAVASCRIPT)], script).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
