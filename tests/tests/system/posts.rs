//! POSTs that are too long, too slow, or too early.

use std::time::Duration;

use hub_server::{HubOptions, hub};
use serde_json::json;
use tests::{
    Client, EventClient, JSON_HANDSHAKE, PollingClient, Requests, TestServer, call, within,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::result;

struct Echo;

#[hub]
impl Echo {
    async fn echo(&self, text: String) -> String {
        text
    }
}

const LIMIT: usize = 1_000_000;

async fn start() -> TestServer {
    let options = HubOptions::new()
        .maximum_post_size(LIMIT)
        .post_stall_timeout(Duration::from_millis(200));
    TestServer::start_with(Echo, options).await.0
}

/// A POST by hand.
struct Post(TcpStream);

impl Post {
    /// Sends the head, with this about the body.
    async fn begin(server: &TestServer, target: &str, about: &str) -> Self {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\n{about}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    async fn write(&mut self, bytes: &[u8]) {
        within(self.0.write_all(bytes)).await.unwrap();
    }

    /// The answer's head.
    async fn answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within(self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    /// Whether the server has hung up.
    async fn hangs_up(mut self) -> bool {
        matches!(within(self.0.read(&mut [0])).await, Ok(0) | Err(_))
    }
}

async fn still_works(client: &mut (impl Client + Send)) {
    let answer = client.answer("9", "Echo", json!(["still here"])).await;
    assert_eq!(answer, result("9", "still here"));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_and_yet_read() {
    let server = start().await;
    let mut client = PollingClient::connect(&server).await;
    let about = format!("Content-Length: {}", LIMIT + 1);
    let mut post = Post::begin(&server, client.target(), &about).await;
    let answer = post.answer().await;
    assert!(answer.starts_with("http/1.1 413 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    // Whoever writes all before he reads meets no broken pipe.
    post.write(&vec![b' '; LIMIT + 1]).await;
    assert!(post.hangs_up().await);
    still_works(&mut client).await;
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_asked_for() {
    let server = start().await;
    let mut client = PollingClient::connect(&server).await;
    let about = format!("Content-Length: {}\r\nExpect: 100-continue", LIMIT + 1);
    let mut post = Post::begin(&server, client.target(), &about).await;
    let answer = post.answer().await;
    assert!(answer.starts_with("http/1.1 413 "), "{answer}");
    let about = "Content-Length: 2\r\nExpect: 100-continue";
    let mut post = Post::begin(&server, client.target(), about).await;
    let answer = post.answer().await;
    assert!(answer.starts_with("http/1.1 100 "), "{answer}");
    still_works(&mut client).await;
}

#[tokio::test]
async fn what_comes_before_the_limit_is_taken() {
    let server = start().await;
    let mut client = EventClient::connect(&server).await;
    let about = "Transfer-Encoding: chunked";
    let mut post = Post::begin(&server, client.target(), about).await;
    let record = format!("{}\u{1e}", call("1", "Echo", json!(["early"])));
    post.write(format!("{:x}\r\n{record}\r\n", record.len()).as_bytes())
        .await;
    assert_eq!(client.next().await, result("1", "early"));
    // Pings, so that the rest is no part of a message.
    let ping = "{\"type\":6}\u{1e}";
    let pings = ping.repeat(LIMIT / ping.len());
    post.write(format!("{:x}\r\n{pings}\r\n", pings.len()).as_bytes())
        .await;
    let answer = post.answer().await;
    assert!(answer.starts_with("http/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_stops_is_given_up() {
    let server = start().await;
    let mut client = PollingClient::connect(&server).await;
    let about = "Content-Length: 1000";
    let mut post = Post::begin(&server, client.target(), about).await;
    post.write(b"{\"type\":6}\x1e{\"type\":6}\x1e").await;
    let answer = post.answer().await;
    assert!(answer.starts_with("http/1.1 400 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    // It does not stand in the way of others.
    still_works(&mut client).await;
}

#[tokio::test]
async fn what_is_posted_before_the_transport_is_bounded() {
    let server = start().await;
    let requests = Requests::to(&server);
    let target = format!("/hub?id={}", requests.negotiate().await.token);
    let handshake = format!("{JSON_HANDSHAKE}\u{1e}");
    let early = requests.post(&target, handshake).await;
    assert_eq!(early.status, 200);
    let many = "{\"type\":6}\u{1e}".repeat(1_000);
    let waiting = tokio::spawn({
        let (requests, target) = (requests.clone(), target.clone());
        async move { requests.post(&target, many).await.status }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    assert_eq!(requests.request("GET", &target).await.status, 200);
    assert_eq!(within(waiting).await.unwrap(), 200);
    assert_eq!(requests.request("GET", &target).await.body, "{}\u{1e}");
}

#[tokio::test]
async fn negotiations_that_nobody_follows_up_are_bounded() {
    let options = HubOptions::new()
        .maximum_pending_negotiations(20)
        .disconnect_timeout(Duration::from_secs(2));
    let (server, _) = TestServer::start_with(Echo, options).await;
    let requests = Requests::to(&server);
    let negotiate = "/hub/negotiate?negotiateVersion=1";
    let mut accepted = 0;
    let refused = loop {
        let response = requests.respond("POST", negotiate).await;
        if response.status() != 200 {
            break response;
        }
        accepted += 1;
        assert!(accepted < 20_000, "they are not bounded");
    };
    assert!(accepted >= 20);
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    // Once they expire there is room again.
    within(async { while requests.respond("POST", negotiate).await.status() != 200 {} }).await;
}
