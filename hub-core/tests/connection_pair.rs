//! Both roles of the connection against each other.

mod pair;

use std::sync::Arc;
use std::time::Duration;

use hub_core::connection::{CloseReason, Phase, Settings};
use hub_core::protocol::HubProtocol;
use pair::Pair;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_secs(3600);

/// The text of `{"type":7,..}` that a server sends when something went wrong.
const WITH_ERROR: &str = "Connection closed with an error.";

mod mini;
use mini::{json, message_pack};

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

/// Something that can happen to a pair.
#[derive(Clone, Debug)]
enum Operation {
    ClientCalls(i64, i64),
    ServerCalls(i64, i64),
    ClientWrites(Vec<u8>),
    ServerWrites(Vec<u8>),
    Wait(Duration),
    ClientCloses,
    ServerCloses,
    TransportDrops,
    ClientIsCutOff,
    ServerIsCutOff,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let number = -1000..1000_i64;
    prop_oneof![
        8 => (number.clone(), number.clone()).prop_map(|(a, b)| ClientCalls(a, b)),
        8 => (number.clone(), number).prop_map(|(a, b)| ServerCalls(a, b)),
        2 => wire_bytes().prop_map(ClientWrites),
        2 => wire_bytes().prop_map(ServerWrites),
        4 => (0..40_000_u64).prop_map(|time| Wait(Duration::from_millis(time))),
        1 => Just(ClientCloses),
        1 => Just(ServerCloses),
        1 => Just(TransportDrops),
        1 => Just(ClientIsCutOff),
        1 => Just(ServerIsCutOff),
    ]
}

/// Messages, pieces of messages and noise.
fn wire_bytes() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"{\"type\":6}\x1e"[..],
        b"{\"type\":7}\x1e",
        b"{\"type\":8,\"sequenceId\":3}\x1e",
        b"{\"type\":9,\"sequenceId\":3}\x1e",
        b"{\"type\":77}\x1e",
        b"{\"type\":1,\"target\":\"Add\",\"arguments\":[1]}\x1e",
        b"{\"type\":3,\"invocationId\":\"1\"}\x1e",
        b"{\"type\":5,\"invocationId\":\"9\"}\x1e",
        b"\x02\x91\x06",
        b"\x03\x92\x07\xc0",
        b"\x05\x95\x03\x80\xa1",
    ]);
    prop_oneof![
        3 => known.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn perform(pair: &mut Pair, operation: &Operation) {
    match operation {
        Operation::ClientCalls(a, b) => pair.client.call_add((*a, *b), pair.now),
        Operation::ServerCalls(a, b) => pair.server.call_add((*a, *b), pair.now),
        Operation::ClientWrites(bytes) => pair.client.write(bytes),
        Operation::ServerWrites(bytes) => pair.server.write(bytes),
        Operation::Wait(time) => pair.wait(*time),
        Operation::ClientCloses => pair.client.close(),
        Operation::ServerCloses => pair.server.close(),
        Operation::TransportDrops => pair.client.drop_transport(),
        // Before its first Ping a client may be silent for ever, so a server
        // would rightly wait for one that is cut off earlier.
        Operation::ClientIsCutOff => pair.client.cut_off |= pair.is_open(),
        Operation::ServerIsCutOff => pair.server.cut_off |= pair.is_open(),
    }
}

proptest! {
    #[test]
    fn whatever_happens_both_stay_open_or_both_end_with_a_reason(
        binary in any::<bool>(),
        chunk in 1..200_usize,
        operations in prop::collection::vec(operation(), 0..30),
    ) {
        let [json, message_pack] = protocols();
        let mut pair = Pair::new(if binary { &message_pack } else { &json });
        pair.chunk = chunk;
        for operation in &operations {
            perform(&mut pair, operation);
            pair.settle();
        }
        // Longer than any timeout: what was cut off has been noticed.
        pair.wait(seconds(100));
        for side in [&mut pair.server, &mut pair.client] {
            let is_closed = side.machine.phase() == Phase::Closed;
            prop_assert_eq!(side.closed.is_some(), is_closed);
            if is_closed {
                prop_assert_eq!(side.machine.poll_timeout(), None);
                prop_assert_eq!(side.machine.poll_transmit(), None);
            }
        }
        prop_assert_eq!(pair.server.closed.is_some(), pair.client.closed.is_some());
    }

    #[test]
    fn no_first_bytes_upset_either_side(
        noise in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[{]\"(protocol|error|type|version)\":(\"json\"|null|1|1.5|[{]|\\[)[,}]\x1e.{0,20}"
                .prop_map(String::into_bytes),
        ],
        chunk in 1..70_usize,
    ) {
        for from_client in [true, false] {
            let mut pair = Pair::new(&json());
            pair.chunk = chunk;
            let side = if from_client { &mut pair.client } else { &mut pair.server };
            side.output.extend_from_slice(&noise);
            pair.wait(seconds(100));
            prop_assert_eq!(pair.server.closed.is_some(), pair.client.closed.is_some());
        }
    }

    #[test]
    fn calls_alone_never_end_a_connection(
        chunk in 1..200_usize,
        calls in prop::collection::vec((any::<bool>(), any::<i32>(), 0..20_000_u64), 0..50),
    ) {
        let mut pair = Pair::new(&json());
        pair.chunk = chunk;
        pair.settle();
        for (from_client, number, pause) in calls {
            let side = if from_client { &mut pair.client } else { &mut pair.server };
            side.call_add((number.into(), 1), pair.now);
            pair.wait(Duration::from_millis(pause));
        }
        prop_assert!(pair.is_open());
        prop_assert_eq!(pair.client.waiting() + pair.server.waiting(), 0);
    }

    #[test]
    fn whatever_gets_lost_every_call_is_answered_once_and_in_order(
        binary in any::<bool>(),
        chunk in 1..200_usize,
        steps in prop::collection::vec(
            (any::<bool>(), 0..5_i64, prop::option::of((0..300_usize, 0..300_usize)), 0..3000_u64),
            0..40,
        ),
    ) {
        let [json, message_pack] = protocols();
        let protocol = if binary { &message_pack } else { &json };
        let mut pair = Pair::new(protocol).with_stateful_reconnect(100_000);
        pair.chunk = chunk;
        pair.settle();
        let mut expected = [Vec::new(), Vec::new()];
        let mut number = 0;
        for (from_client, calls, loss, pause) in steps {
            for _ in 0..calls {
                number += 1;
                let side = if from_client { &mut pair.client } else { &mut pair.server };
                side.call_add((number, 0), pair.now);
                expected[usize::from(from_client)].push(format!("result {number}"));
            }
            if let Some((server_bytes, client_bytes)) = loss {
                pair.replace_transport(server_bytes, client_bytes);
            }
            pair.wait(Duration::from_millis(pause));
        }
        prop_assert!(pair.is_open());
        for (side, expected) in [&pair.server, &pair.client].into_iter().zip(&expected) {
            let results: Vec<_> =
                side.events.iter().filter(|event| event.starts_with("result")).collect();
            prop_assert_eq!(results, expected.iter().collect::<Vec<_>>());
            let calls = side.events.iter().filter(|event| *event == "call Add").count();
            prop_assert_eq!(calls + expected.len(), usize::try_from(number).unwrap());
            prop_assert!(!side.events.contains(&"stray completion".into()));
        }
    }
}
