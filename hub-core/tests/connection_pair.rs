//! Both roles of the connection against each other.

mod pair;
mod plain_protocol;

use std::sync::Arc;
use std::time::Duration;

use hub_core::connection::{CloseReason, Settings};
use hub_core::protocol::HubProtocol;
use pair::Pair;
use plain_protocol::{json, message_pack};

const HOUR: Duration = Duration::from_secs(3600);

/// The text of `{"type":7,..}` that a server sends when something went wrong.
const WITH_ERROR: &str = "Connection closed with an error.";

fn protocols() -> [Arc<dyn HubProtocol>; 2] {
    [json(), message_pack()]
}

fn server_error(allow_reconnect: bool) -> Option<CloseReason> {
    Some(CloseReason::PeerClosed {
        error: Some(WITH_ERROR.into()),
        allow_reconnect,
    })
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn calls_go_both_ways() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.client.call_add((1, 2), pair.now);
        pair.server.call_add((30, 40), pair.now);
        pair.settle();
        assert_eq!(pair.client.events, ["handshake", "call Add", "result 3"]);
        assert_eq!(pair.server.events, ["handshake", "call Add", "result 70"]);
    }
}

#[test]
fn the_size_of_the_pieces_makes_no_difference() {
    for protocol in protocols() {
        for chunk in 1..100 {
            let mut pair = Pair::new(&protocol);
            pair.chunk = chunk;
            pair.settle();
            for number in 0..3 {
                pair.client.call_add((number, 1), pair.now);
                pair.server.call_add((number, 2), pair.now);
            }
            pair.settle();
            pair.client.close();
            pair.settle();
            assert_eq!(pair.client.waiting() + pair.server.waiting(), 0);
            assert_eq!(pair.server.events.len(), 7, "{:?}", pair.server.events);
            assert_eq!(
                pair.server.closed,
                Some(CloseReason::PeerClosed {
                    error: None,
                    allow_reconnect: false
                })
            );
        }
    }
}

#[test]
fn an_idle_pair_stays_open_and_keeps_alive() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.wait(HOUR);
        assert!(pair.is_open());
        pair.client.call_add((1, 2), pair.now);
        pair.settle();
        assert_eq!(pair.client.events, ["handshake", "result 3"]);
    }
}

#[test]
fn a_client_that_went_silent_is_noticed_after_its_timeout() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.client.cut_off = true;
        pair.wait(seconds(29));
        assert!(pair.is_open());
        pair.wait(seconds(1));
        assert_eq!(pair.server.closed, Some(CloseReason::PeerTimeout));
        assert_eq!(pair.client.closed, server_error(true));
    }
}

#[test]
fn a_server_that_went_silent_is_noticed_after_its_timeout() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.server.cut_off = true;
        pair.wait(seconds(29));
        assert!(pair.is_open());
        pair.wait(seconds(1));
        assert_eq!(pair.client.closed, Some(CloseReason::PeerTimeout));
        assert_eq!(pair.server.closed, Some(CloseReason::EndOfInput));
    }
}

#[test]
fn a_dead_network_ends_both_within_their_timeouts() {
    let mut pair = Pair::open(&json());
    pair.client.cut_off = true;
    pair.server.cut_off = true;
    pair.wait(HOUR);
    assert_eq!(pair.client.closed, Some(CloseReason::PeerTimeout));
    assert_eq!(pair.server.closed, Some(CloseReason::PeerTimeout));
    assert_eq!(pair.elapsed(), HOUR);
}

#[test]
fn a_goodbye_of_the_client_ends_both() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.client.call_add((1, 1), pair.now);
        pair.client.close();
        pair.settle();
        assert_eq!(pair.server.events, ["handshake", "call Add"]);
        assert_eq!(
            pair.server.closed,
            Some(CloseReason::PeerClosed {
                error: None,
                allow_reconnect: false
            })
        );
    }
}

#[test]
fn a_goodbye_of_the_server_ends_both() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.server.close();
        pair.settle();
        assert_eq!(
            pair.client.closed,
            Some(CloseReason::PeerClosed {
                error: None,
                allow_reconnect: false
            })
        );
    }
}

#[test]
fn a_transport_that_ends_between_messages_is_no_error() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.client.drop_transport();
        pair.settle();
        assert_eq!(pair.client.closed, Some(CloseReason::EndOfInput));
        assert_eq!(pair.server.closed, Some(CloseReason::EndOfInput));
    }
}

#[test]
fn a_transport_that_ends_within_a_message_is_one() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        pair.client.call_add((1, 2), pair.now);
        pair.client.output.pop();
        pair.settle();
        pair.server.drop_transport();
        pair.settle();
        assert_eq!(pair.server.closed, Some(CloseReason::EndOfInputInMessage));
        assert_eq!(pair.client.closed, server_error(true));
    }
}

#[test]
fn a_protocol_that_the_server_lacks_fails_on_both_sides() {
    let settings = Settings::default();
    let mut pair = Pair::offering(
        Arc::new([json()]),
        &message_pack(),
        settings.clone(),
        settings,
    );
    pair.settle();
    let text = "The protocol 'messagepack' is not supported.".to_owned();
    assert_eq!(
        pair.server.closed,
        Some(CloseReason::HandshakeFailed(text.clone()))
    );
    assert_eq!(
        pair.client.closed,
        Some(CloseReason::HandshakeRefused(text))
    );
}

#[test]
fn a_request_that_never_arrives_times_out_on_both_sides() {
    let mut pair = Pair::new(&json());
    pair.client.cut_off = true;
    pair.wait(seconds(15));
    assert_eq!(pair.server.closed, Some(CloseReason::HandshakeTimeout));
    assert_eq!(pair.client.closed, Some(CloseReason::HandshakeTimeout));
}

#[test]
fn a_message_over_the_limit_ends_both() {
    for protocol in protocols() {
        let mut pair = Pair::open(&protocol);
        let call = hub_core::protocol::Call::to("Add");
        let mut record = Vec::new();
        let long = ("x".repeat(32_768),);
        protocol
            .encode_invocation(&call, &long, &mut record)
            .unwrap();
        pair.client.write(&record);
        pair.settle();
        assert_eq!(
            pair.server.closed,
            Some(CloseReason::MessageTooLarge { limit: 32_768 })
        );
        assert_eq!(pair.client.closed, server_error(true));
    }
}

#[test]
fn what_is_no_message_ends_both() {
    let mut pair = Pair::open(&json());
    pair.client.write(b"{\"type\":\x1e");
    pair.settle();
    assert!(matches!(pair.server.closed, Some(CloseReason::Protocol(_))));
    assert_eq!(pair.client.closed, server_error(true));

    let mut pair = Pair::open(&json());
    pair.server.write(b"{\"type\":\x1e");
    pair.settle();
    assert!(matches!(pair.client.closed, Some(CloseReason::Protocol(_))));
    assert_eq!(pair.server.closed, Some(CloseReason::EndOfInput));
}

#[test]
fn a_length_that_makes_no_sense_ends_both() {
    let mut pair = Pair::open(&message_pack());
    pair.client.write(&[0xFF; 5]);
    pair.settle();
    assert!(matches!(pair.server.closed, Some(CloseReason::Protocol(_))));
    assert_eq!(pair.client.closed, server_error(true));
}

#[test]
fn messages_of_unknown_types_are_skipped() {
    let mut pair = Pair::open(&json());
    pair.client
        .write(b"{\"type\":99,\"x\":[1]}\x1e{\"type\":0}\x1e");
    pair.client.call_add((1, 2), pair.now);
    pair.settle();
    assert_eq!(pair.client.events, ["handshake", "result 3"]);
}

#[test]
fn a_lost_transport_loses_no_message() {
    for protocol in protocols() {
        let mut pair = Pair::new(&protocol).with_stateful_reconnect(100_000);
        pair.settle();
        pair.client.call_add((1, 2), pair.now);
        pair.server.call_add((3, 4), pair.now);
        pair.replace_transport(0, 0);
        pair.client.call_add((5, 6), pair.now);
        pair.settle();
        assert!(pair.is_open());
        assert_eq!(
            pair.client.events[1..],
            ["call Add", "result 3", "result 11"]
        );
        assert_eq!(
            pair.server.events[1..],
            ["call Add", "call Add", "result 7"]
        );
    }
}

#[test]
fn acks_empty_the_buffers() {
    let mut pair = Pair::new(&json()).with_stateful_reconnect(0);
    pair.settle();
    pair.client.call_add((1, 2), pair.now);
    pair.settle();
    assert!(pair.client.machine.is_send_blocked());
    assert!(pair.server.machine.is_send_blocked());
    pair.wait(seconds(1));
    assert!(!pair.client.machine.is_send_blocked());
    assert!(!pair.server.machine.is_send_blocked());
}
