//! HTTP requests that name no connection, or the wrong one.

use hub_server::protocol::JsonProtocol;
use hub_server::{HubOptions, TransportKind, hub};
use serde_json::json;
use tests::{Answer, EventClient, Negotiated, PollingClient, RawClient, Requests, TestServer};

struct Adder;

#[hub]
impl Adder {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

#[tokio::test]
async fn an_unknown_connection_is_not_found() {
    let (server, _) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    let unknown = Answer::text(404, "No Connection with that ID");
    let Negotiated { id, token } = requests.negotiate().await;
    for target in [
        "/hub?id=AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "/hub?id=%20".to_owned(),
        // The public id opens nothing, and a token is compared exactly.
        format!("/hub?id={id}"),
        format!("/hub?id={token}x"),
        format!("/hub?id={token}&ID={token}"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = requests.request(method, &target).await;
            assert_eq!(answer, unknown, "{method} {target}");
        }
        assert_eq!(requests.get_events(&target).await, unknown, "{target}");
        let upgrade = requests.upgrade(&target).await;
        assert_eq!(upgrade, unknown.clone().untyped(), "{target}");
    }
}

#[tokio::test]
async fn requests_without_a_connection_are_told_so() {
    let (server, _) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    let required = Answer::text(400, "Connection ID required");
    for target in ["/hub", "/hub?id=", "/hub?id=&ID=", "/hub?x=1"] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = requests.request(method, target).await;
            assert_eq!(answer, required, "{method} {target}");
        }
        assert_eq!(requests.get_events(target).await, required, "{target}");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let (server, _) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    for method in ["PUT", "PATCH", "OPTIONS", "BREW"] {
        let answer = requests.request(method, "/hub").await;
        assert_eq!(answer, Answer::text(405, ""), "{method}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let answer = requests.request(method, "/hub/negotiate").await;
        assert_eq!(answer, Answer::text(405, ""), "{method}");
    }
}

#[tokio::test]
async fn a_connection_keeps_its_transport() {
    let (server, _) = TestServer::start(Adder).await;
    let change = Answer::text(400, "Cannot change transports mid-connection");

    let mut events = EventClient::connect(&server).await;
    let (requests, target) = (events.requests().clone(), events.target().to_owned());
    assert_eq!(requests.request("GET", &target).await, change);
    assert_eq!(requests.upgrade(&target).await, change);
    assert_eq!(requests.get_events(&target).await, Answer::text(409, ""));
    let delete = "Cannot terminate this connection using the DELETE endpoint.";
    let answer = requests.request("DELETE", &target).await;
    assert_eq!(answer, Answer::text(400, delete));
    events.send(tests::call("1", "Add", json!([1, 2]))).await;
    assert_eq!(events.next().await, super::result("1", 3));

    let mut polling = PollingClient::connect(&server).await;
    let (requests, target) = (polling.requests().clone(), polling.target().to_owned());
    assert_eq!(requests.upgrade(&target).await, change);
    assert_eq!(requests.get_events(&target).await, change);
    polling.send(tests::call("1", "Add", json!([1, 2]))).await;
    assert_eq!(polling.next().await, super::result("1", 3));
}

#[tokio::test]
async fn a_websocket_takes_no_posts() {
    let (server, _) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    let mut client = RawClient::open(&server, &target).await;
    client.shake_hands().await;
    let text = "POST requests are not allowed for WebSocket connections.";
    let answer = requests.post(&target, "{\"type\":7}\u{1e}").await;
    assert_eq!(answer, Answer::text(405, text));
    assert_eq!(requests.upgrade(&target).await, Answer::text(409, ""));
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn a_transport_that_is_not_offered_is_refused() {
    let options = HubOptions::new().transports([TransportKind::LongPolling]);
    let (server, _) = TestServer::start_with(Adder, options).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    let refusal = |name: &str| {
        let text = format!("{name} transport not supported by this end point type");
        Answer::text(404, &text)
    };
    let events = requests.get_events(&target).await;
    assert_eq!(events, refusal("ServerSentEvents"));
    let upgrade = requests.upgrade(&target).await;
    assert_eq!(upgrade, refusal("WebSockets"));
    assert_eq!(requests.request("GET", &target).await.status, 200);
}

#[tokio::test]
async fn negotiations_that_ask_for_nonsense_get_an_error_they_can_read() {
    let options = HubOptions::new()
        .minimum_negotiate_version(1)
        .protocols([JsonProtocol]);
    let (server, _) = TestServer::start_with(Adder, options).await;
    let requests = Requests::to(&server);
    let too_old = |version: &str| {
        format!(
            "The client requested version '{version}', but the server does not support this version."
        )
    };
    let no_integer = "The client requested a non-integer protocol version.".to_owned();
    for (query, error) in [
        ("", too_old("0")),
        ("?negotiateVersion=-1", too_old("-1")),
        ("?negotiateVersion=", no_integer.clone()),
        ("?negotiateVersion=1.0", no_integer.clone()),
        ("?negotiateVersion=1&negotiateVersion=1", no_integer.clone()),
        ("?negotiateVersion=99999999999", no_integer),
    ] {
        let target = format!("/hub/negotiate{query}");
        let answer = requests.request("POST", &target).await;
        let expected = Answer {
            status: 200,
            content_type: Some("application/json".into()),
            body: json!({"error": error}).to_string(),
        };
        assert_eq!(answer, expected, "{query}");
    }
}

#[tokio::test]
async fn negotiations_beyond_the_bound_are_told_to_come_back() {
    let options = HubOptions::new().maximum_pending_negotiations(2);
    let (server, _) = TestServer::start_with(Adder, options).await;
    let requests = Requests::to(&server);
    requests.negotiate().await;
    requests.negotiate().await;
    let refused = requests.request("POST", "/hub/negotiate").await;
    assert_eq!((refused.status, &*refused.body), (503, ""));
    // Who skips the negotiation is not affected.
    let mut client = RawClient::connect(&server).await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn what_would_be_kept_of_a_request_is_bounded() {
    let (server, context) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    for accept in ["*/*", "text/event-stream"] {
        let target = format!("/hub?id={}", requests.negotiate().await.token);
        let refused = requests.long_request(&target, accept, 33_000).await;
        assert_eq!((refused.status, &*refused.body), (431, ""), "{accept}");
    }
    let target = format!("/hub?room={}", "x".repeat(33_000));
    assert_eq!(requests.upgrade(&target).await.status, 431);
    assert_eq!(context.connection_count(), 0);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    let opened = requests.long_request(&target, "*/*", 30_000).await;
    assert_eq!(opened.status, 200);
    // Nothing is kept of what comes later.
    let posted = requests.post(&target, "{\"protocol\":\"json\",\"version\":1}\u{1e}");
    assert_eq!(posted.await.status, 200);
    let polled = requests.long_request(&target, "*/*", 33_000).await;
    assert_eq!((polled.status, &*polled.body), (200, "{}\u{1e}"));
}
