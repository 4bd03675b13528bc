use super::*;
use crate::Close;
use crate::connection::{Phase, Transmit};

fn refusal(request: &str) -> String {
    refusal_with(Settings::default(), request)
}

/// What a server answers to a request that it refuses.
fn refusal_with(settings: Settings, request: &str) -> String {
    let mut server = Side::server_on(TEXT, settings);
    let reason = server.receive_close(format!("{request}\x1e"));
    assert!(matches!(reason, CloseReason::HandshakeFailed(_)));
    assert_eq!(server.machine.phase(), Phase::Closed);
    let sent = server.sent();
    assert_eq!(sent.len(), 1, "no Close message follows");
    sent[0].trim_end_matches('\x1e').to_owned()
}

#[test]
fn a_server_accepts_and_opens() {
    let mut server = Side::server(Settings::default());
    assert_eq!(server.machine.phase(), Phase::Handshake);
    assert!(server.machine.protocol().is_none());
    assert_eq!(server.receive(REQUEST), ["HandshakeCompleted"]);
    assert_eq!(server.machine.phase(), Phase::Open);
    assert_eq!(server.machine.protocol_index(), Some(0));
    assert_eq!(server.sent(), [ACCEPTED]);
}

#[test]
fn the_protocol_is_found_in_any_case() {
    let mut server = Side::server(Settings::default());
    let request = "{\"protocol\":\"JSON\",\"version\":2}\x1e";
    assert_eq!(server.receive(request), ["HandshakeCompleted"]);
}

#[test]
fn messages_behind_the_request_wait_for_it() {
    let mut server = Side::server(Settings::default());
    let pipelined = format!("{REQUEST}{{\"type\":1,\"target\":\"A\",\"arguments\":[]}}\x1e");
    assert_eq!(
        server.receive(pipelined),
        ["HandshakeCompleted", "Invocation A"]
    );
}

#[test]
fn an_incomplete_request_stays_in_the_input() {
    let mut server = Side::server(Settings::default());
    let mut input = &REQUEST.as_bytes()[..10];
    assert!(server.receive_from(&mut input).is_empty());
    assert_eq!(input, &REQUEST.as_bytes()[..10]);
}

#[test]
fn an_unknown_protocol_is_refused_by_its_name() {
    assert_eq!(
        refusal("{\"protocol\":\"x'y\",\"version\":1}"),
        "{\"error\":\"The protocol 'x'y' is not supported.\"}"
    );
}

#[test]
fn a_newer_version_is_refused() {
    assert_eq!(
        refusal("{\"protocol\":\"Json\",\"version\":3}"),
        "{\"error\":\"The server does not support version 3 of the 'Json' protocol.\"}"
    );
}

#[test]
fn a_transport_without_the_format_is_refused() {
    assert_eq!(
        refusal("{\"protocol\":\"messagepack\",\"version\":1}"),
        "{\"error\":\"Cannot use the 'messagepack' protocol on the current transport. The \
         transport does not support 'Binary' transfer format.\"}"
    );
}

#[test]
fn a_malformed_request_shows_details_only_when_asked_for() {
    let general = "An unexpected error occurred during connection handshake.";
    assert_eq!(refusal("[]"), format!("{{\"error\":\"{general}\"}}"));
    let told = refusal_with(detailed(), "[]");
    assert!(
        told.starts_with(&format!("{{\"error\":\"{general} InvalidDataException: ")),
        "{told}"
    );
}

#[test]
fn a_request_that_is_too_long_is_cancelled() {
    let settings = Settings {
        max_message_size: 16,
        ..Settings::default()
    };
    let mut server = Side::server(settings);
    assert!(matches!(
        server.receive_close([b' '; 17]),
        CloseReason::HandshakeFailed(_)
    ));
    assert_eq!(
        server.sent(),
        ["{\"error\":\"Handshake was canceled.\"}\x1e"]
    );
}

#[test]
fn a_late_request_is_cancelled() {
    let mut server = Side::server(Settings::default());
    assert_eq!(server.deadline(), Some(seconds(15)));
    assert_eq!(server.wait(seconds(14)), None);
    assert_eq!(server.wait(seconds(1)), Some(CloseReason::HandshakeTimeout));
    assert_eq!(
        server.sent(),
        ["{\"error\":\"Handshake was canceled.\"}\x1e"]
    );
    assert_eq!(server.deadline(), None);
}

#[test]
fn nothing_is_written_to_a_client_that_leaves_before_the_handshake() {
    let mut server = Side::server(Settings::default());
    assert!(matches!(
        server.machine.handle_end_of_input(b"{"),
        Some(CloseReason::HandshakeFailed(_))
    ));
    assert!(server.sent().is_empty());
}

#[test]
fn a_server_that_closes_before_the_handshake_says_nothing() {
    let mut server = Side::server(Settings::default());
    server.machine.close(Close::default());
    assert!(server.sent().is_empty());
    assert!(server.receive(REQUEST).is_empty());
}

#[test]
fn the_response_has_the_format_of_the_protocol_and_a_refusal_is_text() {
    let format_of_answer = |request: &str| {
        let mut server = Side::server(Settings::default());
        server.receive(request);
        server
            .machine
            .poll_transmit()
            .map(|transmit| transmit.format)
    };
    assert_eq!(
        format_of_answer("{\"protocol\":\"messagepack\",\"version\":1}\x1e"),
        Some(TransferFormat::Binary)
    );
    assert_eq!(
        format_of_answer("{\"protocol\":\"messagepack\",\"version\":9}\x1e"),
        Some(TransferFormat::Text)
    );
}

#[test]
fn a_client_asks_at_once_and_pings_when_accepted() {
    let mut client = Side::client(Settings::default());
    assert_eq!(
        client.machine.poll_transmit(),
        Some(Transmit {
            format: TransferFormat::Text,
            bytes: REQUEST.into()
        })
    );
    assert_eq!(client.receive(ACCEPTED), ["HandshakeCompleted"]);
    assert_eq!(client.sent(), [PING]);
}

#[test]
fn a_client_without_keep_alive_does_not_ping_when_accepted() {
    let mut client = Side::client(Settings {
        keep_alive_interval: None,
        ..Settings::default()
    });
    assert_eq!(client.sent(), [REQUEST]);
    assert_eq!(client.receive(ACCEPTED), ["HandshakeCompleted"]);
    assert!(client.sent().is_empty());
}

#[test]
fn a_client_learns_why_it_was_refused() {
    let mut client = Side::client(Settings::default());
    assert_eq!(
        client.receive_close("{\"error\":\"no\"}\x1e"),
        CloseReason::HandshakeRefused("no".into())
    );
}

#[test]
fn a_client_takes_no_message_for_a_response() {
    let mut client = Side::client(Settings::default());
    let reason = client.receive_close(PING);
    assert_eq!(
        reason.to_string(),
        "Expected a handshake response from the server."
    );
}

#[test]
fn a_client_gives_up_waiting_for_the_response() {
    let mut client = Side::client(Settings::default());
    client.sent();
    assert_eq!(
        client.wait(seconds(15)),
        Some(CloseReason::HandshakeTimeout)
    );
    assert!(client.sent().is_empty());
}

#[test]
fn a_client_notes_a_server_that_leaves_before_the_response() {
    let mut client = Side::client(Settings::default());
    let reason = client.machine.handle_end_of_input(b"").unwrap();
    assert_eq!(
        reason.to_string(),
        "The server disconnected before sending a handshake response"
    );
}

#[test]
fn a_client_that_closes_before_the_response_takes_back_its_request() {
    let mut client = Side::client(Settings::default());
    client.machine.close(Close::default());
    assert!(client.sent().is_empty());
}

#[test]
fn messages_behind_the_response_are_received() {
    let mut client = Side::client(Settings::default());
    let pipelined = format!("{ACCEPTED}{{\"type\":1,\"target\":\"A\",\"arguments\":[]}}\x1e");
    assert_eq!(
        client.receive(pipelined),
        ["HandshakeCompleted", "Invocation A"]
    );
}
