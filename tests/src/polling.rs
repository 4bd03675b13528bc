use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::{Answer, JSON_HANDSHAKE, RECORD_SEPARATOR, Requests, TestServer, records};

/// A client that receives by long polling and sends by POST.
#[derive(Debug)]
pub struct PollingClient {
    requests: Requests,
    target: String,
    received: VecDeque<Value>,
}

impl PollingClient {
    /// A client that has shaken hands.
    pub async fn connect(server: &TestServer) -> Self {
        let requests = Requests::to(server);
        let token = requests.negotiate().await.token;
        let mut client = Self {
            requests,
            target: format!("/hub?id={token}"),
            received: VecDeque::new(),
        };
        let first = client.poll().await;
        assert_eq!((first.status, &*first.body), (200, ""));
        client.send_text(JSON_HANDSHAKE).await;
        assert_eq!(client.next().await, json!({}));
        client
    }

    /// The hub's path with this connection's token.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Requests beside the polls.
    #[must_use]
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// One poll.
    pub async fn poll(&self) -> Answer {
        self.requests.request("GET", &self.target).await
    }

    /// Posts one record.
    pub async fn send(&self, record: Value) {
        self.send_text(&record.to_string()).await;
    }

    async fn send_text(&self, text: &str) {
        let body = format!("{text}{RECORD_SEPARATOR}");
        let answer = self.requests.post(&self.target, body).await;
        assert_eq!((answer.status, &*answer.body), (200, ""));
    }

    /// The next record; `None` when a poll was told that it is over.
    pub async fn received(&mut self) -> Option<Value> {
        loop {
            if let Some(record) = self.received.pop_front() {
                return Some(record);
            }
            let answer = self.poll().await;
            match (answer.status, &*answer.body) {
                (200, "") => {}
                (200, body) => self.received.extend(records(body)),
                (204, "") => return None,
                _ => panic!("not the answer to a poll: {answer:?}"),
            }
        }
    }

    /// The next record.
    ///
    /// # Panics
    /// When the connection ends instead.
    pub async fn next(&mut self) -> Value {
        self.received().await.expect("the connection goes on")
    }
}
