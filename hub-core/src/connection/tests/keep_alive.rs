use super::*;

const CALL: &str = "{\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e";

#[test]
fn a_server_pings_at_every_interval_since_the_start() {
    let mut server = Side::server(Settings::default());
    server.wait(seconds(5));
    server.receive(REQUEST);
    server.sent();
    assert_eq!(server.deadline(), Some(seconds(10)));
    server.wait(seconds(10));
    assert_eq!(server.sent(), [PING]);
    assert_eq!(server.deadline(), Some(seconds(15)));
}

#[test]
fn traffic_does_not_postpone_the_pings_of_a_server() {
    let mut server = Side::open_server(Settings::default());
    server.wait(seconds(14));
    server.machine.note_sent(server.now);
    server.receive(CALL);
    assert_eq!(server.deadline(), Some(seconds(1)));
    server.wait(seconds(1));
    assert_eq!(server.sent(), [PING]);
}

#[test]
fn pings_that_were_not_fetched_do_not_pile_up() {
    let mut server = Side::open_server(Settings::default());
    server.wait(seconds(15));
    server.wait(seconds(15));
    assert_eq!(server.sent(), [PING]);
}

#[test]
fn a_client_pings_when_it_sent_nothing_for_the_interval() {
    let mut client = Side::open_client(Settings::default());
    client.wait(seconds(10));
    client.machine.note_sent(client.now);
    client.receive(CALL);
    client.wait(seconds(14));
    assert!(client.sent().is_empty());
    client.wait(seconds(1));
    assert_eq!(client.sent(), [PING]);
}

#[test]
fn without_an_interval_nobody_pings() {
    let quiet = Settings {
        keep_alive_interval: None,
        peer_timeout: None,
        ..Settings::default()
    };
    for side in [Side::open_server(quiet.clone()), Side::open_client(quiet)] {
        assert_eq!(side.deadline(), None);
    }
}

#[test]
fn a_client_that_never_pinged_may_be_silent_for_ever() {
    let mut server = Side::open_server(Settings::default());
    server.receive(CALL);
    for _ in 0..10 {
        assert_eq!(server.wait(seconds(30)), None);
        assert!(server.deadline() > Some(Duration::ZERO), "no busy waiting");
    }
}

#[test]
fn after_its_first_ping_a_silent_client_is_given_up() {
    let mut server = Side::open_server(Settings::default());
    server.receive(PING);
    assert_eq!(server.wait(seconds(29)), None);
    server.sent();
    assert_eq!(server.wait(seconds(1)), Some(CloseReason::PeerTimeout));
    assert_eq!(
        server.sent(),
        ["{\"type\":7,\"error\":\"Connection closed with an error.\",\"allowReconnect\":true}\x1e"]
    );
}

#[test]
fn every_complete_message_restarts_the_peer_timeout() {
    let mut server = Side::open_server(Settings::default());
    server.receive(PING);
    for message in [CALL, PING, "{\"type\":77}\x1e"] {
        assert_eq!(server.wait(seconds(20)), None);
        server.receive(message);
    }
    assert_eq!(server.wait(seconds(29)), None);
    assert_eq!(server.wait(seconds(1)), Some(CloseReason::PeerTimeout));
}

#[test]
fn a_part_of_a_message_does_not_restart_the_peer_timeout() {
    let mut server = Side::open_server(Settings::default());
    server.receive(PING);
    server.wait(seconds(20));
    server.receive_from(&mut &CALL.as_bytes()[..10]);
    assert_eq!(server.wait(seconds(10)), Some(CloseReason::PeerTimeout));
}

#[test]
fn silence_does_not_count_while_nothing_is_read() {
    let mut server = Side::open_server(Settings::default());
    server.receive(PING);
    server.machine.pause_peer_timeout();
    assert_eq!(server.wait(seconds(100)), None);
    server.machine.restart_peer_timeout(server.now);
    assert_eq!(server.wait(seconds(29)), None);
    assert_eq!(server.wait(seconds(1)), Some(CloseReason::PeerTimeout));
}

#[test]
fn a_client_gives_up_a_silent_server_without_a_word() {
    let mut client = Side::open_client(Settings::default());
    assert_eq!(client.wait(seconds(29)), None);
    client.sent();
    assert_eq!(client.wait(seconds(1)), Some(CloseReason::PeerTimeout));
    assert!(client.sent().is_empty());
}

#[test]
fn the_deadline_only_moves_later_while_messages_arrive() {
    let mut server = Side::open_server(Settings {
        peer_timeout: Some(seconds(10)),
        ..Settings::default()
    });
    let mut last = server.machine.poll_timeout();
    for message in [CALL, PING, CALL, PING] {
        server.now += seconds(3);
        server.receive(message);
        let next = server.machine.poll_timeout();
        assert!(next >= last);
        last = next;
    }
}

#[test]
fn times_beyond_the_clock_are_for_ever() {
    let patient = Settings {
        handshake_timeout: Duration::MAX,
        keep_alive_interval: Some(Duration::MAX),
        peer_timeout: Some(Duration::MAX),
        ..Settings::default()
    };
    assert_eq!(Side::server(patient.clone()).deadline(), None);
    assert_eq!(Side::open_server(patient).deadline(), None);
}
