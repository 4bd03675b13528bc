use std::time::Duration;

use hub_client::{
    ConnectionEnd, HubConnection, HubConnectionBuilder, HubConnectionState, InvokeError,
    ReconnectContext, SendError, StreamError,
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::fake_server::FakeServer;
use super::{connect_with, millis, within};

/// What happened to the connection, in order.
fn events(connection: &HubConnection) -> mpsc::UnboundedReceiver<String> {
    let (happened, events) = mpsc::unbounded_channel();
    let tell = happened.clone();
    connection.on_reconnecting(move |end| {
        tell.send(format!("reconnecting: {end}")).unwrap();
        async {}
    });
    let tell = happened.clone();
    connection.on_reconnected(move |id| {
        tell.send(format!("reconnected: {}", id.unwrap())).unwrap();
        async {}
    });
    connection.on_closed(move |end| {
        happened.send(format!("closed: {end}")).unwrap();
        async {}
    });
    events
}

async fn next(events: &mut mpsc::UnboundedReceiver<String>) -> String {
    within(events.recv()).await.unwrap()
}

fn at_once(builder: HubConnectionBuilder) -> HubConnectionBuilder {
    builder.reconnect_policy([Duration::ZERO; 3])
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let (connection, mut peer, server) = connect_with(at_once).await;
    let mut events = events(&connection);
    peer.close(1000, "").await;
    assert_eq!(
        next(&mut events).await,
        "reconnecting: the server ended the transport"
    );
    assert_eq!(connection.state(), HubConnectionState::Reconnecting);
    assert_eq!(connection.connection_id(), None);
    assert!(matches!(
        connection.send("M", ()).await,
        Err(SendError::NotConnected)
    ));
    let mut peer = server.connect_as("2").await;
    assert_eq!(next(&mut events).await, "reconnected: id-2");
    assert_eq!(connection.connection_id().unwrap().as_str(), "id-2");
    connection.send("Again", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "Again");
}

#[tokio::test]
async fn handlers_outlast_reconnects_and_run_once() {
    let (connection, mut peer, server) = connect_with(at_once).await;
    let mut events = events(&connection);
    let (calls, mut received) = mpsc::unbounded_channel();
    connection.on("Tell", move |text: String| {
        calls.send(text).unwrap();
        async {}
    });
    for _ in 0..5 {
        peer.cut();
        peer = server.connect().await;
        next(&mut events).await;
        next(&mut events).await;
    }
    peer.call("Tell", json!(["once"])).await;
    peer.call("Tell", json!(["last"])).await;
    assert_eq!(within(received.recv()).await.as_deref(), Some("once"));
    assert_eq!(within(received.recv()).await.as_deref(), Some("last"));
}

/// 100 calls and 10 streams that wait.
async fn pending(connection: &HubConnection) -> Vec<tokio::task::JoinHandle<String>> {
    let mut waiting = Vec::new();
    for _ in 0..100 {
        let connection = connection.clone();
        waiting.push(tokio::spawn(async move {
            match connection.invoke::<()>("Wait", ()).await {
                Err(InvokeError::ConnectionEnded(end)) => end.to_string(),
                other => panic!("{other:?}"),
            }
        }));
    }
    for _ in 0..10 {
        let mut stream = connection.stream::<()>("Wait", ()).await.unwrap();
        waiting.push(tokio::spawn(async move {
            match stream.next().await {
                Some(Err(StreamError::ConnectionEnded(end))) => end.to_string(),
                other => panic!("{other:?}"),
            }
        }));
    }
    waiting
}

#[tokio::test]
async fn calls_that_wait_fail_at_once_and_new_ones_work() {
    let (connection, mut peer, server) = connect_with(at_once).await;
    let waiting = pending(&connection).await;
    for _ in 0..110 {
        peer.receive().await;
    }
    peer.cut();
    // No attempt to reconnect is answered before all calls have failed.
    let lost = Instant::now();
    for call in waiting {
        within(call).await.unwrap();
    }
    assert!(lost.elapsed() < Duration::from_secs(1));
    let mut peer = server.connect().await;
    within(async {
        while connection.state() != HubConnectionState::Connected {
            tokio::time::sleep(millis(5)).await;
        }
    })
    .await;
    let waiting = pending(&connection).await;
    for _ in 0..110 {
        peer.receive().await;
    }
    within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    for call in waiting {
        assert_eq!(within(call).await.unwrap(), "the connection was stopped");
    }
}

#[tokio::test]
async fn a_goodbye_of_the_server_decides_about_reconnecting() {
    let (connection, mut peer, server) = connect_with(at_once).await;
    let mut events = events(&connection);
    peer.send(json!({"type": 7, "allowReconnect": true, "error": "later"}))
        .await;
    let reason = "The server closed the connection with the following error: later";
    assert_eq!(next(&mut events).await, format!("reconnecting: {reason}"));
    let mut peer = server.connect_as("2").await;
    assert_eq!(next(&mut events).await, "reconnected: id-2");
    peer.send(json!({"type": 7})).await;
    assert_eq!(
        next(&mut events).await,
        "closed: The server closed the connection."
    );
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
}

#[tokio::test]
async fn reconnecting_is_given_up_after_the_last_delay() {
    let (connection, peer, server) = connect_with(at_once).await;
    let (ended, mut ends) = mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    drop(server);
    peer.cut();
    let end = within(ends.recv()).await.unwrap();
    let ConnectionEnd::ReconnectFailed { attempts, last, .. } = &end else {
        panic!("{end:?}");
    };
    assert_eq!((*attempts, last.is_some()), (3, true));
    assert!(
        end.to_string()
            .starts_with("Reconnect retries have been exhausted after 3 failed attempts and ")
    );
}

#[tokio::test]
async fn the_policy_is_asked_before_each_attempt() {
    let (asked, mut contexts) = mpsc::unbounded_channel();
    let policy = move |context: &ReconnectContext<'_>| {
        asked
            .send((context.previous_attempts, context.reason.to_string()))
            .unwrap();
        (context.previous_attempts < 1).then_some(Duration::ZERO)
    };
    let (_connection, peer, server) = connect_with(|it| it.reconnect_policy(policy)).await;
    peer.cut();
    server.answer("503 Service Unavailable", "", "").await;
    let (attempts, _) = within(contexts.recv()).await.unwrap();
    assert_eq!(attempts, 0);
    assert_eq!(
        within(contexts.recv()).await.unwrap(),
        (
            1,
            "Unexpected status code returned from negotiate '503'".into()
        )
    );
}

#[tokio::test]
async fn a_policy_that_panics_gives_up() {
    let policy = |_: &ReconnectContext<'_>| -> Option<Duration> { panic!("in the policy") };
    let (connection, peer, _server) = connect_with(|it| it.reconnect_policy(policy)).await;
    let mut events = events(&connection);
    peer.cut();
    next(&mut events).await;
    assert!(
        next(&mut events)
            .await
            .starts_with("closed: Reconnect retries")
    );
}

#[tokio::test]
async fn stop_ends_the_wait_for_the_next_attempt() {
    let an_hour = [Duration::from_secs(3600)];
    let (connection, peer, _server) = connect_with(|it| it.reconnect_policy(an_hour)).await;
    let mut events = events(&connection);
    peer.cut();
    next(&mut events).await;
    within(connection.stop()).await;
    assert_eq!(
        next(&mut events).await,
        "closed: the connection was stopped"
    );
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
}

#[tokio::test]
async fn stop_ends_an_attempt() {
    let (connection, peer, server) = connect_with(at_once).await;
    let mut events = events(&connection);
    peer.cut();
    let _silent = server.accept().await;
    next(&mut events).await;
    within(connection.stop()).await;
    assert_eq!(
        next(&mut events).await,
        "closed: the connection was stopped"
    );
}

/// A front that sends clients to another server, with a token for it.
async fn redirect(front: &FakeServer, to: &FakeServer) -> String {
    let answer = json!({"url": to.url(), "accessToken": "T2"});
    front.answer("200 OK", "", &answer.to_string()).await
}

#[tokio::test]
async fn reconnecting_begins_at_the_original_url_with_a_fresh_token() {
    let (front, back) = (FakeServer::bind().await, FakeServer::bind().await);
    let count = std::sync::atomic::AtomicU32::new(0);
    let connection = at_once(HubConnection::builder(front.url()))
        .access_token_provider(move || {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            async move { Ok::<_, std::io::Error>(format!("T1-{number}")) }
        })
        .build()
        .unwrap();
    let script = async |number: u32| {
        let asked = redirect(&front, &back).await;
        assert!(
            asked.contains(&format!("authorization: Bearer T1-{number}\r\n")),
            "{asked}"
        );
        let asked = back.negotiate().await;
        assert!(asked.contains("authorization: Bearer T2\r\n"), "{asked}");
        let mut peer = back.websocket().await;
        assert_eq!(peer.request.headers()["authorization"], "Bearer T2");
        peer.shake_hands().await;
        peer
    };
    let (started, peer) = within(async { tokio::join!(connection.start(), script(0)) }).await;
    started.unwrap();
    peer.cut();
    within(script(1)).await;
}
