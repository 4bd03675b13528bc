//! Handshakes that fail: the answer, the end, and nobody else is hurt.

use std::time::Duration;

use hub_server::{HubOptions, hub};
use serde_json::json;
use tests::{Ending, EventClient, JSON_HANDSHAKE, RawClient, Requests, TestServer};

struct Adder;

#[hub]
impl Adder {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

const UNEXPECTED: &str = "An unexpected error occurred during connection handshake.";

/// Sends `handshake` and expects `error`, an orderly end, and an unharmed
/// neighbour.
async fn refused(options: HubOptions, handshake: &str, error: &str) {
    let (server, context) = TestServer::start_with(Adder, options).await;
    let mut neighbour = RawClient::connect(&server).await;
    let mut client = RawClient::open(&server, "/hub").await;
    client.send_text(handshake).await;
    assert_eq!(client.next().await, json!({"error": error}), "{handshake}");
    assert_eq!(client.ending().await, Ending::Closed(1000), "{handshake}");
    assert_eq!(neighbour.invoke("Add", json!([1, 2])).await, 3);
    assert_eq!(context.connection_count(), 1);
}

#[tokio::test]
async fn a_malformed_handshake_is_refused() {
    for handshake in [
        "",
        "{",
        "[]",
        "hello",
        "{}",
        "\u{feff}{\"protocol\":\"json\",\"version\":1}",
        r#"{"protocol":"json"}"#,
        r#"{"version":1}"#,
        r#"{"protocol":"json","version":"1"}"#,
        r#"{"protocol":"json","version":null}"#,
        r#"{"protocol":"json","version":1.5}"#,
        r#"{"protocol":"json","version":2147483648}"#,
        r#"{"protocol":null,"version":1}"#,
        r#"{"protocol":7,"version":1}"#,
        r#"{"type":6}"#,
    ] {
        refused(HubOptions::new(), handshake, UNEXPECTED).await;
    }
}

#[tokio::test]
async fn detailed_errors_say_what_is_wrong_with_a_handshake() {
    for (handshake, detail) in [
        (
            "[]",
            "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object.",
        ),
        (
            r#"{"version":1}"#,
            "InvalidDataException: Missing required property 'protocol'. Message content: \
             {\"version\":1}",
        ),
        (
            r#"{"protocol":"json","version":"1"}"#,
            "InvalidDataException: Expected 'version' to be of type Number.",
        ),
        (
            r#"{"protocol":7,"version":1}"#,
            "InvalidDataException: Expected 'protocol' to be of type String.",
        ),
    ] {
        let options = super::detailed();
        refused(options, handshake, &format!("{UNEXPECTED} {detail}")).await;
    }
}

#[tokio::test]
async fn an_unknown_protocol_is_named_as_it_was_sent() {
    for name in ["", "xml", "JSON ", "it's <b>"] {
        let handshake = json!({"protocol": name, "version": 1}).to_string();
        let error = format!("The protocol '{name}' is not supported.");
        refused(HubOptions::new(), &handshake, &error).await;
    }
}

#[tokio::test]
async fn a_version_that_is_too_high_is_refused() {
    for (protocol, version) in [("json", 3), ("JSON", 3), ("messagepack", i32::MAX)] {
        let handshake = json!({"protocol": protocol, "version": version}).to_string();
        let error =
            format!("The server does not support version {version} of the '{protocol}' protocol.");
        refused(HubOptions::new(), &handshake, &error).await;
    }
}

#[tokio::test]
async fn old_and_negative_versions_are_welcome() {
    let (server, _) = TestServer::start(Adder).await;
    for version in [i32::MIN, -4, 0, 1, 2] {
        let mut client = RawClient::open(&server, "/hub").await;
        client
            .send(json!({"protocol": "json", "version": version}))
            .await;
        assert_eq!(client.next().await, json!({}), "{version}");
        assert_eq!(client.invoke("Add", json!([1, 2])).await, 3, "{version}");
    }
}

#[tokio::test]
async fn silence_instead_of_a_handshake_ends_the_connection() {
    let options = HubOptions::new().handshake_timeout(Duration::from_millis(200));
    let (server, _) = TestServer::start_with(Adder, options).await;
    let mut neighbour = RawClient::connect(&server).await;
    let mut silent = RawClient::open(&server, "/hub").await;
    let mut slow = RawClient::open(&server, "/hub").await;
    slow.send_raw("{\"protocol\":".into()).await;
    for client in [&mut silent, &mut slow] {
        let expected = json!({"error": "Handshake was canceled."});
        assert_eq!(client.next().await, expected);
        assert_eq!(client.ending().await, Ending::Closed(1000));
    }
    assert_eq!(neighbour.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn a_handshake_without_end_is_cut_off_at_the_size_limit() {
    let (server, context) = TestServer::start(Adder).await;
    let mut neighbour = RawClient::connect(&server).await;
    let mut client = RawClient::open(&server, "/hub").await;
    client.try_send_raw("x".repeat(40_000).into()).await;
    let expected = json!({"error": "Handshake was canceled."});
    assert_eq!(client.next().await, expected);
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert_eq!(neighbour.invoke("Add", json!([1, 2])).await, 3);
    assert_eq!(context.connection_count(), 1);
}

#[tokio::test]
async fn what_follows_the_handshake_in_one_message_is_not_lost() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::open(&server, "/hub").await;
    let call = tests::call("1", "Add", json!([1, 2]));
    client
        .send_raw(format!("{JSON_HANDSHAKE}\u{1e}{call}\u{1e}").into())
        .await;
    assert_eq!(client.next().await, json!({}));
    assert_eq!(client.next().await, super::result("1", 3));
}

#[tokio::test]
async fn a_handshake_may_come_byte_by_byte() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::open(&server, "/hub").await;
    for byte in format!("{JSON_HANDSHAKE}\u{1e}").chars() {
        client.send_raw(byte.to_string().into()).await;
    }
    assert_eq!(client.next().await, json!({}));
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn events_carry_no_binary_protocol() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = EventClient::open(&server).await;
    client
        .send(json!({"protocol": "messagepack", "version": 1}))
        .await;
    let error = "Cannot use the 'messagepack' protocol on the current transport. The transport \
                 does not support 'Binary' transfer format.";
    assert_eq!(client.next().await, json!({"error": error}));
    assert_eq!(client.received().await, None);
}

#[tokio::test]
async fn a_failed_handshake_is_told_to_the_next_poll_and_the_one_after_is_over() {
    let (server, _) = TestServer::start(Adder).await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    assert_eq!(requests.request("GET", &target).await.status, 200);
    let handshake = "{\"protocol\":\"xml\",\"version\":1}\u{1e}";
    assert_eq!(requests.post(&target, handshake).await.status, 200);
    let told = requests.request("GET", &target).await;
    let error = "{\"error\":\"The protocol 'xml' is not supported.\"}\u{1e}";
    assert_eq!((told.status, &*told.body), (200, error));
    let over = requests.request("GET", &target).await;
    assert_eq!((over.status, &*over.body), (204, ""));
    tests::within(async {
        // The id is forgotten once the connection has ended.
        while requests.request("GET", &target).await.status != 404 {}
    })
    .await;
}
