//! Which pages may use a hub.

use hub_server::{HubOptions, hub};
use tests::{RawClient, Requests, TestServer};

struct Adder;

#[hub]
impl Adder {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

const OURS: &str = "https://ours.example";

async fn start() -> TestServer {
    let options = HubOptions::new().allowed_origins([OURS, "https://other.example"]);
    TestServer::start_with(Adder, options).await.0
}

#[tokio::test]
async fn pages_of_other_origins_may_do_nothing() {
    let server = start().await;
    let token = Requests::to(&server).negotiate().await.token;
    let target = format!("/hub?id={token}");
    for origin in ["https://theirs.example", "null", "https://ours.example:443"] {
        let requests = Requests::to(&server).from_page(origin);
        let mut answers = vec![
            requests.get_events(&target).await,
            requests.upgrade(&target).await,
            requests.upgrade("/hub").await,
        ];
        let negotiate = "/hub/negotiate?negotiateVersion=1";
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            answers.push(requests.request(method, &target).await);
            answers.push(requests.request(method, negotiate).await);
        }
        for answer in answers {
            let seen = (answer.status, answer.content_type, &*answer.body);
            assert_eq!(seen, (403, None, ""), "{origin}");
        }
    }
}

#[tokio::test]
async fn our_pages_and_those_that_are_no_pages_may_do_everything() {
    let server = start().await;
    for requests in [
        Requests::to(&server),
        Requests::to(&server).from_page(OURS),
        Requests::to(&server).from_page("https://other.example"),
    ] {
        let mut targets = Vec::new();
        for _ in 0..3 {
            targets.push(format!("/hub?id={}", requests.negotiate().await.token));
        }
        let poll = requests.request("GET", &targets[0]).await;
        assert_eq!(poll.status, 200);
        let handshake = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
        let post = requests.post(&targets[0], handshake).await;
        assert_eq!(post.status, 200);
        let delete = requests.request("DELETE", &targets[0]).await;
        assert_eq!(delete.status, 202);
        assert_eq!(requests.open_events(&targets[1]).await.status(), 200);
        assert_eq!(requests.upgrade(&targets[2]).await.status, 101);
    }
    let mut client = RawClient::connect(&server).await;
    let sum = client.invoke("Add", serde_json::json!([1, 2])).await;
    assert_eq!(sum, 3);
}
