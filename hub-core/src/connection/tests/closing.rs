use super::*;
use crate::Close;
use crate::connection::Phase;

const ERROR: &str =
    "{\"type\":7,\"error\":\"Connection closed with an error.\",\"allowReconnect\":true}\x1e";

#[test]
fn a_server_answers_a_goodbye() {
    let mut server = Side::open_server(Settings::default());
    let reason = server.receive_close("{\"type\":7,\"error\":\"x\",\"allowReconnect\":true}\x1e");
    assert_eq!(
        reason,
        CloseReason::PeerClosed {
            error: Some("x".into()),
            allow_reconnect: true
        }
    );
    assert_eq!(server.sent(), [CLOSE]);
}

#[test]
fn a_client_does_not_answer_a_goodbye() {
    let mut client = Side::open_client(Settings::default());
    let reason = client.receive_close("{\"type\":7,\"allowReconnect\":true}\x1e");
    assert_eq!(
        reason,
        CloseReason::PeerClosed {
            error: None,
            allow_reconnect: true
        }
    );
    assert!(client.sent().is_empty());
}

#[test]
fn both_sides_say_goodbye_when_they_close() {
    for mut side in [
        Side::open_server(Settings::default()),
        Side::open_client(Settings::default()),
    ] {
        side.machine.close(Close::default());
        assert_eq!(side.machine.phase(), Phase::Closed);
        assert_eq!(side.sent(), [CLOSE]);
    }
}

#[test]
fn only_the_first_end_counts() {
    let mut server = Side::open_server(Settings::default());
    server.machine.close(Close::default());
    server.machine.close_with_error("X", "y");
    assert_eq!(server.machine.handle_end_of_input(b"{"), None);
    assert_eq!(server.wait(seconds(100)), None);
    assert_eq!(server.sent(), [CLOSE]);
}

#[test]
fn what_arrives_after_the_end_is_swallowed() {
    let mut server = Side::open_server(Settings::default());
    server.machine.close(Close::default());
    assert!(server.receive("{\"type\":7}\x1erubbish").is_empty());
}

#[test]
fn the_end_of_the_transport_invites_to_come_back() {
    let mut server = Side::open_server(Settings::default());
    assert_eq!(
        server.machine.handle_end_of_input(b""),
        Some(CloseReason::EndOfInput)
    );
    assert_eq!(server.sent(), ["{\"type\":7,\"allowReconnect\":true}\x1e"]);
}

#[test]
fn an_end_within_a_message_is_an_error() {
    let mut server = Side::open_server(detailed());
    let reason = server.machine.handle_end_of_input(b"{").unwrap();
    assert_eq!(reason, CloseReason::EndOfInputInMessage);
    assert!(reason.is_error());
    assert_eq!(
        server.sent(),
        [
            "{\"type\":7,\"error\":\"Connection closed with an error. InvalidDataException: \
             Connection terminated while reading a message.\",\"allowReconnect\":true}\x1e"
        ]
    );
}

#[test]
fn a_client_leaves_a_lost_transport_without_a_word() {
    let mut client = Side::open_client(Settings::default());
    assert_eq!(
        client.machine.handle_end_of_input(b""),
        Some(CloseReason::EndOfInput)
    );
    assert!(client.sent().is_empty());
}

#[test]
fn an_error_of_the_driver_is_told_in_detail_only_when_asked_for() {
    let mut server = Side::open_server(Settings::default());
    server.machine.close_with_error("HubException", "secret");
    assert_eq!(server.sent(), [ERROR]);
    let mut server = Side::open_server(detailed());
    server.machine.close_with_error("HubException", "told");
    assert_eq!(
        server.sent(),
        [
            "{\"type\":7,\"error\":\"Connection closed with an error. HubException: told\",\
             \"allowReconnect\":true}\x1e"
        ]
    );
}

#[test]
fn a_malformed_message_ends_the_connection() {
    let mut server = Side::open_server(Settings::default());
    let reason = server.receive_close("{\x1e{\"type\":6}\x1e");
    assert!(matches!(reason, CloseReason::Protocol(_)));
    assert_eq!(server.sent(), [ERROR]);
    let mut client = Side::open_client(Settings::default());
    assert!(matches!(
        client.receive_close("{\x1e"),
        CloseReason::Protocol(_)
    ));
    assert!(client.sent().is_empty());
}

#[test]
fn last_words_follow_what_is_still_queued() {
    let mut server = Side::server(Settings::default());
    server.receive(format!("{REQUEST}{CLOSE}"));
    assert_eq!(server.sent(), [ACCEPTED, CLOSE]);
}
