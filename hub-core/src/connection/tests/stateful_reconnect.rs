use bytes::Bytes;

use super::*;
use crate::Close;
use crate::connection::SequenceId;

const REQUEST_2: &str = "{\"protocol\":\"json\",\"version\":2}\x1e";
const CALL: &str = "{\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e";

/// One byte more than the buffer may hold.
const LONG: &str = "0123456789abcdefghij";

fn ack(number: u64) -> String {
    format!("{{\"type\":8,\"sequenceId\":{number}}}\x1e")
}

fn sequence(number: u64) -> String {
    format!("{{\"type\":9,\"sequenceId\":{number}}}\x1e")
}

fn resumable_server() -> Side {
    let mut side = Side::server(Settings::default());
    side.machine.enable_stateful_reconnect(19);
    side.receive(REQUEST_2);
    side.sent();
    assert!(side.machine.is_resumable());
    side
}

impl Side {
    fn send(&mut self, record: &'static str) -> bool {
        self.machine
            .send_record(&Bytes::from_static(record.as_bytes()), self.now)
    }

    fn replace_transport(&mut self) {
        assert!(self.machine.handle_transport_lost());
        self.machine.handle_transport_resumed();
    }
}

#[test]
fn it_is_off_unless_both_sides_want_it() {
    let mut server = Side::open_server(Settings::default());
    assert!(!server.machine.is_resumable());
    assert!(!server.machine.handle_transport_lost());
    assert!(server.send("one"), "records are always written");

    let mut server = Side::server(Settings::default());
    server.machine.enable_stateful_reconnect(100);
    server.receive(REQUEST);
    assert!(!server.machine.is_resumable(), "version 1 does not know it");
}

#[test]
fn a_client_that_wants_it_asks_for_the_newest_version() {
    let mut client = Side::client(Settings::default());
    client.machine.enable_stateful_reconnect(100);
    assert_eq!(client.sent(), [REQUEST_2]);
}

#[test]
fn received_messages_are_acknowledged_together_a_second_later() {
    let mut server = resumable_server();
    server.receive(CALL.repeat(3));
    assert_eq!(server.deadline(), Some(seconds(1)));
    assert!(server.sent().is_empty());
    server.wait(seconds(1));
    assert_eq!(server.sent(), [ack(3)]);
    server.wait(seconds(1));
    assert!(server.sent().is_empty());
}

#[test]
fn more_messages_do_not_postpone_the_ack() {
    let mut server = resumable_server();
    server.receive(CALL);
    server.now += seconds(1) / 2;
    server.receive(CALL);
    server.wait(seconds(1) / 2);
    assert_eq!(server.sent(), [ack(2)]);
}

#[test]
fn pings_and_unknown_types_do_not_count() {
    let mut server = resumable_server();
    server.receive(format!("{PING}{{\"type\":99}}\x1e"));
    server.wait(seconds(1));
    assert!(server.sent().is_empty());
}

#[test]
fn what_the_client_skips_counts_all_the_same() {
    let mut client = Side::client(Settings::default());
    client.machine.enable_stateful_reconnect(100);
    client.receive(ACCEPTED);
    client.sent();
    client.receive("{\"type\":5,\"invocationId\":\"5\"}\x1e");
    client.wait(seconds(1));
    assert_eq!(client.sent(), [ack(1)]);
}

#[test]
fn a_new_transport_begins_with_sequence_and_what_was_not_acknowledged() {
    let mut server = resumable_server();
    assert!(server.send("one") && server.send("two"));
    server.receive(ack(1));
    assert!(server.machine.handle_transport_lost());
    assert!(!server.send("three"), "kept for the next transport");
    server.wait(seconds(15));
    assert!(server.sent().is_empty(), "there is nowhere to send a Ping");
    server.machine.handle_transport_resumed();
    assert!(!server.send("four"), "comes after what is repeated");
    assert_eq!(server.sent(), [&*sequence(2), "two", "three", "four", PING]);
    assert!(server.send("five"));
}

#[test]
fn with_nothing_to_repeat_sequence_announces_the_next_message() {
    let mut server = resumable_server();
    assert!(server.send("one"));
    server.receive(ack(1));
    server.replace_transport();
    assert_eq!(server.sent(), [sequence(2)]);
}

#[test]
fn an_ack_while_repeating_skips_what_it_covers() {
    let mut server = resumable_server();
    assert!(server.send("one") && server.send("two") && server.send("three"));
    server.replace_transport();
    let first = server.machine.poll_transmit().unwrap();
    assert_eq!(first.bytes, sequence(1));
    server.receive(ack(2));
    assert_eq!(server.sent(), ["three"]);
}

#[test]
fn repeated_messages_are_dropped_and_acknowledged_again() {
    let mut server = resumable_server();
    server.receive(CALL.repeat(2));
    server.wait(seconds(1));
    assert_eq!(server.sent(), [ack(2)]);
    server.replace_transport();
    server.sent();
    let repeated = format!("{}{}", sequence(1), CALL.repeat(3));
    assert_eq!(server.receive(repeated), ["Invocation A"]);
    server.wait(seconds(1));
    assert_eq!(server.sent(), [ack(3)]);
}

#[test]
fn messages_that_are_lost_for_good_end_the_connection() {
    let mut server = resumable_server();
    server.receive(CALL);
    let reason = server.receive_close(sequence(3));
    assert_eq!(
        reason.to_string(),
        "Sequence ID greater than amount of messages we've received."
    );
    assert!(!server.machine.is_resumable());
}

#[test]
fn sending_is_blocked_beyond_the_limit_until_an_ack() {
    let mut server = resumable_server();
    assert!(server.send(LONG));
    assert!(server.machine.is_send_blocked());
    server.receive(ack(SequenceId::new(1).number()));
    assert!(!server.machine.is_send_blocked());
}

#[test]
fn a_goodbye_is_final() {
    let mut server = resumable_server();
    assert!(server.send(LONG));
    server.machine.close(Close::default());
    assert!(!server.machine.handle_transport_lost());
    assert!(
        !server.machine.is_send_blocked(),
        "nothing is kept any more"
    );
    assert_eq!(server.sent(), [CLOSE]);
}
