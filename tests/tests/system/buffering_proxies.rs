//! Event streams through a proxy that keeps answers until they are whole, as
//! nginx does, unless it is asked not to.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use hub_server::hub;
use reqwest::Client;
use serde_json::json;
use tests::{EventClient, Requests, TestServer, call};

use crate::result;

struct Plain;

#[hub]
impl Plain {
    async fn echo(&self, text: String) -> String {
        text
    }
}

async fn start_proxy(upstream: &TestServer) -> TestServer {
    let base = format!("http://{}", upstream.address());
    let client = Client::new();
    let forward = move |request: Request| forward(client.clone(), base.clone(), request);
    TestServer::serve(Router::new().fallback(forward)).await
}

async fn forward(client: Client, base: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let answer = client
        .request(parts.method, format!("{base}{}", parts.uri))
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let mut headers = answer.headers().clone();
    headers.remove("transfer-encoding");
    let passes_on = headers
        .get("x-accel-buffering")
        .is_some_and(|it| it == "no");
    let body = if passes_on {
        Body::new(reqwest::Body::from(answer))
    } else {
        Body::from(answer.bytes().await.unwrap())
    };
    (status, headers, body).into_response()
}

#[tokio::test]
async fn pass_events_on_at_once() {
    let (server, _) = TestServer::start(Plain).await;
    let proxy = start_proxy(&server).await;
    let mut client = EventClient::connect(&proxy).await;
    for text in ["one", "two"] {
        client.send(call("1", "Echo", json!([text]))).await;
        assert_eq!(client.next().await, result("1", text));
    }
}

#[tokio::test]
async fn are_told_to_keep_and_change_nothing() {
    let (server, _) = TestServer::start(Plain).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    let headers = requests.event_headers(&target).await;
    for (name, value) in [
        ("cache-control", "no-cache,no-store"),
        ("pragma", "no-cache"),
        ("content-encoding", "identity"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
}
