//! A hub for pages of another origin, with credentials, under a CORS layer.

use axum::Router;
use http::{HeaderValue, Method};
use hub_server::{HubOptions, HubRouterExt, hub};
use tests::{Requests, TestServer};
use tower_http::cors::{AllowHeaders, CorsLayer};

const ORIGIN: &str = "https://app.example";

struct Plain;

#[hub]
impl Plain {}

async fn start(options: HubOptions) -> (TestServer, Requests) {
    let layer = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request());
    let app = Router::new().hub_with("/hub", Plain, options).layer(layer);
    let server = TestServer::serve(app).await;
    let requests = Requests::to(&server);
    (server, requests)
}

/// Asks as a page of `ORIGIN` and checks that the page may see the answer.
async fn may_see(requests: &Requests, method: &str, target: &str, status: u16) {
    let answer = requests.from_origin(method, target, ORIGIN).await;
    assert_eq!(answer.status(), status, "{method} {target}");
    let headers = answer.headers();
    let origins: Vec<_> = headers
        .get_all("access-control-allow-origin")
        .iter()
        .collect();
    assert_eq!(origins, [ORIGIN], "{method} {target}");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    let varies = headers.get_all("vary").iter();
    let mut varies = varies.flat_map(|names| names.to_str().unwrap().split(','));
    assert!(varies.any(|name| name.trim().eq_ignore_ascii_case("origin")));
}

#[tokio::test]
async fn every_answer_can_be_seen() {
    let (_server, requests) = start(HubOptions::new()).await;
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    may_see(&requests, "POST", "/hub/negotiate?negotiateVersion=1", 200).await;
    may_see(&requests, "GET", &target, 200).await;
    may_see(&requests, "GET", "/hub?id=unknown", 404).await;
    may_see(&requests, "POST", "/hub?id=unknown", 404).await;
    may_see(&requests, "GET", "/hub", 400).await;
    may_see(&requests, "DELETE", &target, 202).await;
    let websocket = requests.negotiate().await.token;
    let posted = format!("/hub?id={websocket}");
    may_see(&requests, "PUT", &posted, 405).await;
}

#[tokio::test]
async fn a_refusal_can_be_seen() {
    let (_server, requests) = start(HubOptions::new().require_authentication()).await;
    may_see(&requests, "POST", "/hub/negotiate?negotiateVersion=1", 401).await;
    may_see(&requests, "GET", "/hub?id=unknown", 401).await;
}

/// Browsers send no token with it.
#[tokio::test]
async fn a_preflight_needs_no_token() {
    let (_server, requests) = start(HubOptions::new().require_authentication()).await;
    let asked = "x-requested-with,x-signalr-user-agent,authorization,content-type";
    let answer = requests.preflight("/hub/negotiate", ORIGIN, asked).await;
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], ORIGIN);
    assert_eq!(headers["access-control-allow-credentials"], "true");
    assert_eq!(headers["access-control-allow-headers"], asked);
}
