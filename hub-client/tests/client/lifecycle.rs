use hub_client::{
    ConnectError, ConnectionEnd, HubConnection, HubConnectionState, NegotiateError, StartError,
    TransportError,
};
use serde_json::json;
use tokio::sync::mpsc;

use super::fake_server::FakeServer;
use super::{Peer, connect, connect_with, millis, start, within};

fn ends(connection: &HubConnection) -> mpsc::UnboundedReceiver<ConnectionEnd> {
    let (ended, ends) = mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    ends
}

#[tokio::test]
async fn the_state_tells_what_a_connection_is_doing() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
    assert_eq!(connection.connection_id(), None);
    let (started, mut peer) = within(async {
        tokio::join!(connection.start(), async {
            server.negotiate().await;
            assert_eq!(connection.state(), HubConnectionState::Connecting);
            let mut peer = server.websocket().await;
            peer.shake_hands().await;
            peer
        })
    })
    .await;
    started.unwrap();
    assert_eq!(connection.state(), HubConnectionState::Connected);
    assert_eq!(connection.connection_id().unwrap().as_str(), "id-1");
    within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
    assert_eq!(connection.connection_id(), None);
}

#[tokio::test]
async fn a_connection_can_be_started_once_at_a_time() {
    let (connection, mut peer, server) = connect().await;
    let again = connection.start().await;
    assert!(matches!(again, Err(StartError::NotDisconnected)));
    within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    start(&connection, &server).await;
    assert_eq!(connection.state(), HubConnectionState::Connected);
}

#[tokio::test]
async fn stop_says_goodbye_after_what_was_sent() {
    let (connection, mut peer, _server) = connect().await;
    let mut ends = ends(&connection);
    for number in 0..100 {
        connection.send("Number", (number,)).await.unwrap();
    }
    let ((), messages) = within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    assert_eq!(messages.len(), 101);
    assert_eq!(messages[99]["arguments"], json!([99]));
    assert_eq!(messages[100], json!({"type": 7}));
    assert!(matches!(
        within(ends.recv()).await,
        Some(ConnectionEnd::Stopped)
    ));
}

#[tokio::test]
async fn stop_without_a_connection_does_nothing() {
    let connection = HubConnection::builder("http://127.0.0.1:1/hub")
        .build()
        .unwrap();
    within(connection.stop()).await;
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
}

#[tokio::test]
async fn stop_does_not_wait_for_a_server_that_is_silent() {
    let (connection, _peer, _server) = connect_with(|it| it.close_timeout(millis(200))).await;
    within(connection.stop()).await;
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
}

#[tokio::test]
async fn a_handler_may_stop_the_connection() {
    let (connection, mut peer, _server) = connect().await;
    let mut ends = ends(&connection);
    let weak = connection.downgrade();
    connection.on("Stop", move || {
        let weak = weak.clone();
        async move { weak.upgrade().unwrap().stop().await }
    });
    peer.call("Stop", json!([])).await;
    assert_eq!(peer.drain().await, [json!({"type": 7})]);
    assert!(matches!(
        within(ends.recv()).await,
        Some(ConnectionEnd::Stopped)
    ));
}

#[tokio::test]
async fn dropping_the_last_handle_stops_the_connection() {
    let (connection, mut peer, _server) = connect().await;
    let clone = connection.clone();
    drop(connection);
    clone.send("StillHere", ()).await.unwrap();
    assert_eq!(peer.receive().await["target"], "StillHere");
    let weak = clone.downgrade();
    drop(clone);
    assert_eq!(peer.drain().await, [json!({"type": 7})]);
    assert!(weak.upgrade().is_none());
}

#[tokio::test]
async fn stop_abandons_a_start() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    let (started, _) = within(async {
        tokio::join!(connection.start(), async {
            let stream = server.accept().await;
            connection.stop().await;
            stream
        })
    })
    .await;
    assert!(matches!(started, Err(StartError::Stopped)));
    start(&connection, &server).await;
}

#[tokio::test]
async fn dropping_a_start_abandons_it() {
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url()).build().unwrap();
    {
        let starting = connection.start();
        tokio::pin!(starting);
        tokio::select! {
            _ = &mut starting => panic!("nobody has answered"),
            _ = server.accept() => {}
        }
    }
    within(async {
        while connection.state() != HubConnectionState::Disconnected {
            tokio::time::sleep(millis(5)).await;
        }
    })
    .await;
    start(&connection, &server).await;
}

/// Why a start fails when the server does `script` with the WebSocket.
async fn failed_start<F>(script: impl FnOnce(Peer) -> F) -> ConnectError
where
    F: Future<Output = Peer>,
{
    let server = FakeServer::bind().await;
    let connection = HubConnection::builder(server.url())
        .handshake_timeout(millis(300))
        .automatic_reconnect()
        .build()
        .unwrap();
    let (started, _peer) = within(async {
        tokio::join!(connection.start(), async {
            server.negotiate().await;
            let mut peer = server.websocket().await;
            peer.receive().await;
            script(peer).await
        })
    })
    .await;
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
    match started {
        Err(StartError::Connect(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_handshake_is_told_in_the_servers_words() {
    let error = failed_start(|mut peer| async {
        peer.send(json!({"error": "not today"})).await;
        peer
    })
    .await;
    assert_eq!(
        error.to_string(),
        "Unable to complete handshake with the server due to an error: not today"
    );
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let error = failed_start(|peer| async { peer }).await;
    assert!(
        matches!(error, ConnectError::HandshakeTimeout(_)),
        "{error}"
    );
}

#[tokio::test]
async fn a_message_is_no_handshake_response() {
    let error = failed_start(|mut peer| async {
        peer.send(json!({"type": 6})).await;
        peer
    })
    .await;
    assert!(matches!(error, ConnectError::Handshake(_)), "{error}");
}

#[tokio::test]
async fn an_end_instead_of_a_handshake_fails_the_start() {
    let error = failed_start(|mut peer| async {
        peer.close(1000, "").await;
        peer
    })
    .await;
    assert!(matches!(error, ConnectError::Handshake(_)), "{error}");
}

#[tokio::test]
async fn a_goodbye_right_after_the_handshake_fails_the_start() {
    let error = failed_start(|mut peer| async {
        peer.send_text("{}\x1e{\"type\":7,\"error\":\"full\"}\x1e")
            .await;
        peer
    })
    .await;
    assert_eq!(
        error.to_string(),
        "The server closed the connection with the following error: full"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_fails_the_start() {
    let server = FakeServer::bind().await;
    let url = server.url();
    drop(server);
    let connection = HubConnection::builder(&url).build().unwrap();
    let error = within(connection.start()).await.unwrap_err();
    assert!(matches!(
        error,
        StartError::Connect(ConnectError::Negotiate(NegotiateError::Http(_)))
    ));
    let direct = HubConnection::builder(url)
        .skip_negotiation(true)
        .build()
        .unwrap();
    let error = within(direct.start()).await.unwrap_err();
    assert!(matches!(
        error,
        StartError::Connect(ConnectError::Transport(TransportError::Io(_)))
    ));
}

/// How a connection without automatic reconnect ends.
async fn end_after<F>(script: impl FnOnce(Peer) -> F) -> ConnectionEnd
where
    F: Future<Output = Peer>,
{
    let (connection, peer, _server) = connect().await;
    let mut ends = ends(&connection);
    let _peer = script(peer).await;
    let end = within(ends.recv()).await.unwrap();
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
    end
}

#[tokio::test]
async fn the_reason_of_the_end_is_told() {
    let end = end_after(|mut peer| async {
        peer.send(json!({"type": 7, "error": "bye"})).await;
        peer
    })
    .await;
    assert_eq!(
        end.to_string(),
        "The server closed the connection with the following error: bye"
    );
    assert!(end.is_error());

    let end = end_after(|mut peer| async {
        peer.send(json!({"type": 7, "allowReconnect": true})).await;
        peer
    })
    .await;
    assert!(matches!(end, ConnectionEnd::ClosedByServer { error: None }));
    assert!(!end.is_error());

    let end = end_after(|mut peer| async {
        peer.close(1011, "broken").await;
        peer
    })
    .await;
    assert_eq!(end.to_string(), "Websocket closed with error: 1011. broken");
}

#[tokio::test]
async fn callbacks_can_be_removed_and_may_panic() {
    let (connection, mut peer, server) = connect().await;
    connection.on_closed(|_| async { panic!("in a callback") });
    let mut counted = ends(&connection);
    let (ended, mut removed) = mpsc::unbounded_channel();
    let registration = connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    within(counted.recv()).await.unwrap();
    within(removed.recv()).await.unwrap();
    registration.remove();
    let mut peer = start(&connection, &server).await;
    within(async { tokio::join!(connection.stop(), peer.drain()) }).await;
    within(counted.recv()).await.unwrap();
    assert!(
        within(removed.recv()).await.is_none(),
        "the callback is gone"
    );
}

#[test]
fn nobody_waits_for_a_runtime_that_is_gone() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let (own, other) = (runtime(), runtime());
    let (connection, mut peer, _server) = own.block_on(connect());
    let waiting = other.spawn({
        let connection = connection.clone();
        async move { connection.invoke::<()>("Slow", ()).await }
    });
    own.block_on(peer.receive());
    own.shutdown_background();
    let result = other.block_on(within(waiting)).unwrap();
    assert!(result.is_err());
    other.block_on(within(connection.stop()));
    assert_eq!(connection.state(), HubConnectionState::Disconnected);
}
