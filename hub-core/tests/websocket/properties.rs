//! What holds for all bytes and for all ways in which they arrive.

use hub_core::websocket::{Decoder, FrameHeader, MessageKind, OpCode, Role};
use proptest::prelude::*;

use crate::arrival::{Outcome, Seen, at_once, decode, masked};

fn frames() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..10),
        prop::collection::vec(Just(b'a'), 120..130),
        "\\PC{0,9}".prop_map(String::into_bytes),
    ];
    let first = prop::sample::select(&[0x81u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88][..]);
    prop::collection::vec((first, payload), 0..12).prop_map(|frames| {
        (frames.iter())
            .flat_map(|(first, payload)| masked(*first, payload))
            .collect()
    })
}

proptest! {
    #[test]
    fn the_way_bytes_arrive_makes_no_difference(
        wire in frames(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(wire.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = at_once(Role::Server, &wire);
        let pieces = decode(Decoder::new(Role::Server), &wire, cuts);
        prop_assert_eq!(pieces.error, whole.error);
        if whole.error.is_none() {
            prop_assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn random_bytes_never_panic(wire in prop::collection::vec(any::<u8>(), 0..300)) {
        for role in [Role::Server, Role::Client] {
            let whole = at_once(role, &wire);
            let bytewise = decode(Decoder::new(role), &wire, (0..wire.len()).collect());
            prop_assert_eq!(whole.error, bytewise.error);
        }
    }

    #[test]
    fn what_is_encoded_is_decoded(
        payload in prop::collection::vec(any::<u8>(), 0..70_000),
        key in any::<[u8; 4]>(),
    ) {
        for (role, mask) in [(Role::Server, Some(key)), (Role::Client, None)] {
            let header = FrameHeader { mask, ..FrameHeader::new(OpCode::Binary, payload.len()) };
            let mut wire = Vec::new();
            header.encode_with(&payload, &mut wire);
            prop_assert_eq!(wire.len(), header.encoded_len() + payload.len());
            let seen = vec![Seen::Data(MessageKind::Binary, payload.clone(), true)];
            prop_assert_eq!(at_once(role, &wire), Outcome { seen, error: None });
        }
    }
}
