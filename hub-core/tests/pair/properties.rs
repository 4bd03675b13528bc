//! What holds for a pair whatever happens to it.

use std::time::Duration;

use hub_core::connection::Phase;
use proptest::prelude::*;

use super::Pair;
use crate::plain_protocol::json;
use crate::{protocols, seconds};

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
        Operation::ClientIsCutOff => pair.client.cut_off = true,
        Operation::ServerIsCutOff => pair.server.cut_off = true,
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
        // A client whose first Ping never came through may be silent for ever:
        // only the network can tell the server that it has left.
        if pair.client.closed.is_some() && pair.server.closed.is_none() {
            pair.server.drop_transport();
            pair.settle();
        }
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
