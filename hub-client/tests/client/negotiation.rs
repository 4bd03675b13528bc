use hub_client::{
    BuildError, ConnectError, HubConnection, HubConnectionBuilder, NegotiateError, StartError,
    TransportError,
};
use serde_json::json;

use super::fake_server::FakeServer;
use super::{millis, within};

#[tokio::test]
async fn the_requests_are_what_servers_expect() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(format!("{}?room=a%20b", server.url()))
        .header("x-mine", "1")
        .access_token_provider(|| async { Ok::<_, std::io::Error>("secret".into()) })
        .build()
        .unwrap();
    let (started, ()) = within(async {
        tokio::join!(connection.start(), async {
            let asked = server.negotiate().await;
            assert!(
                asked.starts_with("POST /hub/negotiate?room=a%20b&negotiateVersion=1 HTTP/1.1\r\n"),
                "{asked}"
            );
            for header in [
                "authorization: Bearer secret",
                "x-mine: 1",
                "x-requested-with: XMLHttpRequest",
                "user-agent: hub-client/",
            ] {
                assert!(asked.contains(header), "{header} is missing: {asked}");
            }
            let mut peer = server.websocket().await;
            assert_eq!(peer.request.uri(), "/hub?room=a%20b&id=token-1");
            assert_eq!(peer.request.headers()["authorization"], "Bearer secret");
            assert_eq!(peer.request.headers()["x-mine"], "1");
            peer.shake_hands().await;
        })
    })
    .await;
    started.unwrap();
}

#[tokio::test]
async fn cookies_of_the_negotiation_are_sent_with_the_websocket() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let answer = json!({
        "negotiateVersion": 0,
        "connectionId": "both",
        "availableTransports": [
            {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
        ],
    });
    let (started, ()) = within(async {
        tokio::join!(connection.start(), async {
            let cookie = "Set-Cookie: node=7; Path=/\r\n";
            server.answer("200 OK", cookie, &answer.to_string()).await;
            let mut peer = server.websocket().await;
            assert_eq!(peer.request.uri(), "/hub?id=both");
            assert_eq!(peer.request.headers()["cookie"], "node=7");
            peer.shake_hands().await;
        })
    })
    .await;
    started.unwrap();
}

#[tokio::test]
async fn negotiation_can_be_skipped() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url())
        .skip_negotiation(true)
        .build()
        .unwrap();
    let (started, ()) = within(async {
        tokio::join!(connection.start(), async {
            let mut peer = server.websocket().await;
            assert_eq!(peer.request.uri(), "/hub");
            peer.shake_hands().await;
        })
    })
    .await;
    started.unwrap();
    assert_eq!(connection.connection_id(), None);
}

/// Why a start fails when negotiate is answered so.
async fn refused(status: &str, body: &str) -> NegotiateError {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let (started, _) =
        within(async { tokio::join!(connection.start(), server.answer(status, "", body)) }).await;
    match started {
        Err(StartError::Connect(ConnectError::Negotiate(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_negotiation_that_fails_says_why() {
    let error = refused("404 Not Found", "").await;
    assert!(matches!(error, NegotiateError::Status(status) if status == 404));
    let error = refused("200 OK", "{\"error\":\"go away\"}").await;
    assert!(matches!(error, NegotiateError::Server(error) if error.message() == "go away"));
    for body in ["", "no json", "[]", "{}", &"x".repeat(100_000)] {
        let error = refused("200 OK", body).await;
        assert!(
            matches!(error, NegotiateError::InvalidResponse(_)),
            "{error}"
        );
    }
    let error = refused("200 OK", "{\"url\":\"ftp://elsewhere\"}").await;
    assert!(matches!(error, NegotiateError::Redirect(_)), "{error}");
}

#[tokio::test]
async fn without_a_common_transport_there_is_no_connection() {
    let offer = |transports| {
        json!({
            "negotiateVersion": 1,
            "connectionId": "a",
            "connectionToken": "b",
            "availableTransports": transports,
        })
        .to_string()
    };
    let transports = json!([
        {"transport": "WebSockets", "transferFormats": ["Binary"]},
        {"transport": "LongPolling", "transferFormats": ["Text", "Binary"]},
    ]);
    for body in [offer(transports), offer(json!([]))] {
        let error = refused("200 OK", &body).await;
        assert!(
            matches!(error, NegotiateError::NoTransport { .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_circle_of_redirects_is_left() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let circle = json!({"url": server.url()}).to_string();
    let answering = async {
        let mut answered = 0;
        loop {
            server.answer("200 OK", "", &circle).await;
            answered += 1;
            assert!(answered <= 100);
            if answered == 100 {
                return;
            }
        }
    };
    let (started, ()) = within(async { tokio::join!(connection.start(), answering) }).await;
    assert_eq!(
        started.unwrap_err().to_string(),
        "Negotiate redirection limit exceeded."
    );
}

#[tokio::test]
async fn a_refused_websocket_tells_the_status() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let (started, ()) = within(async {
        tokio::join!(connection.start(), async {
            server.negotiate().await;
            server.answer("404 Not Found", "", "").await;
        })
    })
    .await;
    let error = started.unwrap_err();
    assert!(
        matches!(
            &error,
            StartError::Connect(ConnectError::Transport(TransportError::Status(status)))
                if *status == 404
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    for skip in [false, true] {
        let server = FakeServer::bind().await;
        let connection = HubConnection::builder(server.url())
            .skip_negotiation(skip)
            .request_timeout(millis(200))
            .build()
            .unwrap();
        let (started, _silent) =
            within(async { tokio::join!(connection.start(), server.accept()) }).await;
        assert!(matches!(started, Err(StartError::Connect(_))));
    }
}

async fn start_with(
    options: impl FnOnce(HubConnectionBuilder) -> HubConnectionBuilder,
) -> ConnectError {
    let connection = options(HubConnection::builder("http://127.0.0.1:1/hub"))
        .build()
        .unwrap();
    match within(connection.start()).await {
        Err(StartError::Connect(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_provider_that_fails_fails_the_start() {
    let error =
        start_with(|it| it.access_token_provider(|| async { Err::<String, _>("no token today") }))
            .await;
    assert_eq!(error.to_string(), "no access token: no token today");
    let error = start_with(|it| {
        it.access_token_provider(|| async { panic!("in the provider") as Result<String, String> })
    })
    .await;
    assert!(matches!(error, ConnectError::AccessToken(_)), "{error}");
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    let build = |url: &str| HubConnection::builder(url).build().unwrap_err();
    assert!(matches!(build("/hub"), BuildError::Url { .. }));
    assert!(matches!(build("file:///hub"), BuildError::Scheme { .. }));
}
