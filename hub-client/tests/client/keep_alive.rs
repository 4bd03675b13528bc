use std::time::Duration;

use hub_client::{ConnectionEnd, HubConnectionState};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{connect_with, millis, within};

#[tokio::test]
async fn a_client_that_only_receives_still_pings() {
    let (connection, mut peer, _server) =
        connect_with(|it| it.keep_alive_interval(millis(200))).await;
    let until = Instant::now() + Duration::from_secs(2);
    let mut pings = 0;
    while Instant::now() < until {
        peer.call("News", json!([])).await;
        if let Ok(message) = tokio::time::timeout(millis(20), peer.receive()).await {
            assert_eq!(message, json!({"type": 6}));
            pings += 1;
        }
    }
    assert!((4..=10).contains(&pings), "{pings} pings in 2 s");
    assert_eq!(connection.state(), HubConnectionState::Connected);
}

#[tokio::test]
async fn a_client_that_sends_does_not_have_to_ping() {
    let (connection, mut peer, _server) =
        connect_with(|it| it.keep_alive_interval(Duration::from_secs(2))).await;
    let sending = async {
        for _ in 0..30 {
            connection.send("News", ()).await.unwrap();
            tokio::time::sleep(millis(100)).await;
        }
        connection.send("Last", ()).await.unwrap();
    };
    let receiving = async {
        loop {
            let message = peer.receive().await;
            assert_ne!(message, json!({"type": 6}));
            if message["target"] == "Last" {
                return;
            }
        }
    };
    within(async { tokio::join!(sending, receiving) }).await;
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let (connection, peer, _server) = connect_with(|it| it.server_timeout(millis(400))).await;
    let (ended, mut ends) = mpsc::unbounded_channel();
    connection.on_closed(move |end| {
        ended.send(end).unwrap();
        async {}
    });
    let end = within(ends.recv()).await.unwrap();
    assert_eq!(
        end.to_string(),
        "Server timeout (400.00ms) elapsed without receiving a message from the server."
    );
    assert!(matches!(end, ConnectionEnd::ServerTimeout(_)));
    drop(peer);
}

#[tokio::test]
async fn a_server_that_pings_is_not_given_up() {
    let (connection, mut peer, _server) = connect_with(|it| it.server_timeout(millis(1000))).await;
    for _ in 0..20 {
        tokio::time::sleep(millis(100)).await;
        peer.send(json!({"type": 6})).await;
    }
    assert_eq!(connection.state(), HubConnectionState::Connected);
}
