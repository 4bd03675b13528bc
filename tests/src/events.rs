use reqwest::Response;
use serde_json::{Value, json};

use crate::{JSON_HANDSHAKE, RECORD_SEPARATOR, Requests, TestServer, records, within};

const EVENT_END: &str = "\r\n\r\n";

/// A client that receives by Server-Sent Events and sends by POST.
#[derive(Debug)]
pub struct EventClient {
    requests: Requests,
    target: String,
    events: Response,
    /// What has come of events that are not whole yet.
    partial: String,
    received: std::collections::VecDeque<Value>,
}

impl EventClient {
    /// A client that has shaken hands.
    pub async fn connect(server: &TestServer) -> Self {
        let mut client = Self::open(server).await;
        client.send_text(JSON_HANDSHAKE).await;
        assert_eq!(client.next().await, json!({}));
        client
    }

    /// An open stream on which nothing was said yet.
    pub async fn open(server: &TestServer) -> Self {
        let requests = Requests::to(server);
        let token = requests.negotiate().await.token;
        let target = format!("/hub?id={token}");
        let request = requests.prepare("GET", &target);
        let request = request.header("accept", "text/event-stream");
        let events = within(request.send()).await.unwrap();
        assert_eq!(events.status(), 200);
        assert_eq!(events.headers()["content-type"], "text/event-stream");
        let mut client = Self {
            requests,
            target,
            events,
            partial: String::new(),
            received: std::collections::VecDeque::new(),
        };
        client.read_opening().await;
        client
    }

    /// The hub's path with this connection's token.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Requests beside the event stream.
    #[must_use]
    pub fn requests(&self) -> &Requests {
        &self.requests
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

    /// The next record that is no ping; `None` when the stream has ended.
    pub async fn received(&mut self) -> Option<Value> {
        loop {
            match self.received.pop_front() {
                Some(record) if record == json!({"type": 6}) => {}
                Some(record) => return Some(record),
                None => {
                    let event = self.next_event().await?;
                    let lines = event.split("\r\n");
                    let lines = lines.map(|line| line.strip_prefix("data: "));
                    let lines: Option<Vec<_>> = lines.collect();
                    let data = lines.expect("an event is data").join("\n");
                    self.received.extend(records(&data));
                }
            }
        }
    }

    /// The next record that is no ping.
    ///
    /// # Panics
    /// When the stream ends instead.
    pub async fn next(&mut self) -> Value {
        self.received().await.expect("the stream goes on")
    }

    async fn read_opening(&mut self) {
        while !self.partial.contains("\r\n") {
            assert!(self.read_more().await, "a stream opens with a comment");
        }
        let (opening, rest) = self.partial.split_once("\r\n").unwrap();
        assert_eq!(opening, ":");
        self.partial = rest.to_owned();
    }

    /// The next event as it was sent; `None` when the stream has ended.
    pub async fn next_event(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.partial.split_once(EVENT_END) {
                let event = event.to_owned();
                self.partial = rest.to_owned();
                return Some(event);
            }
            if !self.read_more().await {
                assert_eq!(self.partial, "", "the stream ends between events");
                return None;
            }
        }
    }

    async fn read_more(&mut self) -> bool {
        let chunk = within(self.events.chunk()).await.unwrap();
        let Some(chunk) = chunk else { return false };
        // What the tests send is ASCII, so that no chunk ends inside a character.
        self.partial.push_str(std::str::from_utf8(&chunk).unwrap());
        true
    }
}
