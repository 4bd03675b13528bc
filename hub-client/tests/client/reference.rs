//! Against a real server: the program of the conformance kit, wherever
//! `SIGNALR_REFERENCE_URL` says that it runs.

use std::time::Duration;

use hub_client::{
    HubConnection, HubConnectionBuilder, InvokeError, JsonProtocol, MessagePackProtocol,
};
use tokio::sync::mpsc;

use super::within;

fn url(mount: &str) -> Option<String> {
    let base = std::env::var("SIGNALR_REFERENCE_URL").unwrap_or_default();
    if base.is_empty() {
        eprintln!("skipped: SIGNALR_REFERENCE_URL does not name a server");
        return None;
    }
    Some(format!("{}{mount}", base.trim_end_matches('/')))
}

/// Connections to `mount` in both protocols; none without a server.
async fn connections(mount: &str) -> Vec<HubConnection> {
    let Some(url) = url(mount) else {
        return Vec::new();
    };
    let builder = || HubConnection::builder(&url);
    let mut connections = Vec::new();
    for builder in [
        builder().protocol(JsonProtocol),
        builder().protocol(MessagePackProtocol),
        builder().skip_negotiation(true),
    ] {
        connections.push(started(builder).await);
    }
    connections
}

async fn started(builder: HubConnectionBuilder) -> HubConnection {
    let connection = builder.build().unwrap();
    within(connection.start()).await.unwrap();
    connection
}

#[tokio::test]
async fn calls() {
    for connection in connections("/conformance").await {
        assert_eq!(connection.invoke::<i32>("Add", (1, 2)).await.unwrap(), 3);
        assert_eq!(
            connection.invoke::<String>("echo", ("hi",)).await.unwrap(),
            "hi"
        );
        connection.invoke::<()>("DoNothing", ()).await.unwrap();
        let null = connection
            .invoke::<Option<String>>("ReturnNull", ())
            .await
            .unwrap();
        assert_eq!(null, None);
        let long = connection
            .invoke::<String>("ReturnText", (1_000_000,))
            .await
            .unwrap();
        assert_eq!(long.len(), 1_000_000);
        within(connection.stop()).await;
    }
}

#[tokio::test]
async fn the_connection_id_is_the_servers() {
    for connection in connections("/conformance").await {
        let theirs = connection
            .invoke::<String>("ConnectionId", ())
            .await
            .unwrap();
        if let Some(ours) = connection.connection_id() {
            assert_eq!(ours.as_str(), theirs);
        }
    }
}

#[tokio::test]
async fn errors() {
    for connection in connections("/conformance").await {
        let error = connection
            .invoke::<()>("ThrowHub", ("my words",))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, InvokeError::Server(error) if error.message().contains("my words")),
            "{error}"
        );
        let error = connection
            .invoke::<()>("NoSuchMethod", ())
            .await
            .unwrap_err();
        assert!(matches!(error, InvokeError::Server(_)), "{error}");
        assert_eq!(connection.invoke::<i32>("Add", (1, 2)).await.unwrap(), 3);
    }
}

#[tokio::test]
async fn streams() {
    for connection in connections("/conformance").await {
        let mut count = connection.stream::<i32>("Count", (100,)).await.unwrap();
        for number in 0..100 {
            assert_eq!(within(count.next()).await.unwrap().unwrap(), number);
        }
        assert!(within(count.next()).await.is_none());
        let mut failing = connection
            .stream::<i32>("ThrowHubMidway", (1, "x"))
            .await
            .unwrap();
        assert_eq!(within(failing.next()).await.unwrap().unwrap(), 0);
        assert!(within(failing.next()).await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_dropped_stream_is_cancelled() {
    for connection in connections("/conformance").await {
        let (calls, mut received) = mpsc::unbounded_channel();
        connection.on("StreamCancelled", move |label: String| {
            calls.send(label).unwrap();
            async {}
        });
        let mut held = connection
            .stream::<String>("HoldStream", ("label",))
            .await
            .unwrap();
        assert_eq!(within(held.next()).await.unwrap().unwrap(), "started");
        drop(held);
        assert_eq!(within(received.recv()).await.as_deref(), Some("label"));
    }
}

#[tokio::test]
async fn calls_of_the_server() {
    for connection in connections("/conformance").await {
        let (calls, mut received) = mpsc::unbounded_channel();
        connection.on("Message", move |text: String| {
            calls.send(text).unwrap();
            async {}
        });
        connection.send("SendMany", (100,)).await.unwrap();
        for number in 0..100 {
            assert_eq!(within(received.recv()).await, Some(number.to_string()));
        }
    }
}

#[tokio::test]
async fn answers_to_the_server() {
    for connection in connections("/conformance").await {
        connection.on("Ask", |question: String| async move {
            format!("{question} yes")
        });
        connection.on("AskInt", || async { 42 });
        let answer = connection
            .invoke::<String>("AskCaller", ("well?",))
            .await
            .unwrap();
        assert_eq!(answer, "well? yes");
        assert_eq!(
            connection
                .invoke::<i32>("AskCallerForInt", ())
                .await
                .unwrap(),
            42
        );
        connection.off("Ask");
        let caught = connection
            .invoke::<String>("AskCallerCaught", ("?",))
            .await
            .unwrap();
        assert_eq!(caught, "failed: Client didn't provide a result.");
    }
}

#[tokio::test]
async fn values_of_every_kind() {
    for connection in connections("/conformance").await {
        let double = 1.0 / 3.0;
        assert_eq!(
            connection
                .invoke::<f64>("EchoDouble", (double,))
                .await
                .unwrap(),
            double
        );
        assert_eq!(
            connection
                .invoke::<i64>("EchoLong", (i64::MIN,))
                .await
                .unwrap(),
            i64::MIN
        );
        let nested = vec![vec![1, 2], vec![]];
        assert_eq!(
            connection
                .invoke::<Vec<Vec<i32>>>("EchoNested", (&nested,))
                .await
                .unwrap(),
            nested
        );
        let text = "\u{1e}\"\\\n\u{1F600} ünï";
        assert_eq!(
            connection.invoke::<String>("Echo", (text,)).await.unwrap(),
            text
        );
    }
}

#[tokio::test]
async fn a_connection_that_the_server_gave_up_is_replaced() {
    let Some(url) = url("/conformance-fast") else {
        return;
    };
    // The server gives up a client that is silent for a second.
    let connection = started(
        HubConnection::builder(url)
            .keep_alive_interval(Duration::from_secs(60))
            .automatic_reconnect(),
    )
    .await;
    let (ids, mut reconnected) = mpsc::unbounded_channel();
    connection.on_reconnected(move |id| {
        ids.send(id).unwrap();
        async {}
    });
    let first = connection.connection_id();
    let second = within(reconnected.recv()).await.unwrap();
    assert!(second.is_some() && second != first);
    assert_eq!(connection.invoke::<i32>("Add", (1, 2)).await.unwrap(), 3);
}
