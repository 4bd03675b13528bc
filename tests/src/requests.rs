use reqwest::header::{HeaderMap, HeaderValue, ORIGIN};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::{TestServer, within};

/// Plain HTTP requests to a server.
#[derive(Clone, Debug)]
pub struct Requests {
    client: Client,
    base: String,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The content type, if there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A refusal in words.
    #[must_use]
    pub fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            content_type: Some("text/plain".into()),
            body: text.into(),
        }
    }

    /// The same without a content type.
    #[must_use]
    pub fn untyped(mut self) -> Self {
        self.content_type = None;
        self
    }

    async fn read(response: Response) -> Self {
        let content_type = response.headers().get("content-type");
        Self {
            status: response.status().as_u16(),
            content_type: content_type.map(|kind| kind.to_str().unwrap().into()),
            body: response.text().await.unwrap(),
        }
    }
}

/// What a negotiation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The public id.
    pub id: String,
    /// The secret that requests name the connection by.
    pub token: String,
}

impl Requests {
    /// Requests to `server`.
    #[must_use]
    pub fn to(server: &TestServer) -> Self {
        Self {
            client: Client::new(),
            base: format!("http://{}", server.address()),
        }
    }

    /// The same from a page of `origin`.
    #[must_use]
    pub fn from_page(mut self, origin: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
        let client = Client::builder().default_headers(headers);
        self.client = client.build().unwrap();
        self
    }

    /// A request, answered in whole.
    pub async fn request(&self, method: &str, target: &str) -> Answer {
        self.answer(self.prepare(method, target)).await
    }

    /// A request, answered with its headers.
    pub async fn respond(&self, method: &str, target: &str) -> Response {
        within(self.prepare(method, target).send()).await.unwrap()
    }

    /// A POST with a body.
    pub async fn post(&self, target: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.answer(self.prepare("POST", target).body(body)).await
    }

    /// A GET for an event stream, answered in whole.
    pub async fn get_events(&self, target: &str) -> Answer {
        let request = self.prepare("GET", target);
        self.answer(request.header("accept", "text/event-stream"))
            .await
    }

    /// A GET for an event stream, which goes on.
    pub async fn open_events(&self, target: &str) -> Response {
        let request = self.prepare("GET", target);
        within(request.header("accept", "text/event-stream").send())
            .await
            .unwrap()
    }

    /// A GET that would like to become a WebSocket, answered in whole.
    pub async fn upgrade(&self, target: &str) -> Answer {
        let request = self
            .prepare("GET", target)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        self.answer(request).await
    }

    /// A request with a long header, answered in whole.
    pub async fn long_request(&self, target: &str, accept: &str, bytes: usize) -> Answer {
        let request = self.prepare("GET", target).header("accept", accept);
        self.answer(request.header("x-long", "x".repeat(bytes)))
            .await
    }

    /// The headers of an event stream, which is given up then.
    pub async fn event_headers(&self, target: &str) -> HeaderMap {
        let request = self.prepare("GET", target);
        let request = request.header("accept", "text/event-stream");
        within(request.send()).await.unwrap().headers().clone()
    }

    /// A request of a page from `origin`.
    pub async fn from_origin(&self, method: &str, target: &str, origin: &str) -> Response {
        let request = self.prepare(method, target).header("origin", origin);
        within(request.send()).await.unwrap()
    }

    /// What a browser asks before a page from `origin` may POST with headers.
    pub async fn preflight(&self, target: &str, origin: &str, headers: &str) -> Response {
        let request = self
            .prepare("OPTIONS", target)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", headers);
        within(request.send()).await.unwrap()
    }

    /// A connection id and its token.
    pub async fn negotiate(&self) -> Negotiated {
        let answer = self
            .request("POST", "/hub/negotiate?negotiateVersion=1")
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let text = |name: &str| answer[name].as_str().expect(name).to_owned();
        Negotiated {
            id: text("connectionId"),
            token: text("connectionToken"),
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        within(async { Answer::read(request.send().await.unwrap()).await }).await
    }

    pub(crate) fn prepare(&self, method: &str, target: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client
            .request(method, format!("{}{target}", self.base))
    }
}
