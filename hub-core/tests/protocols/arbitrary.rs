//! Messages of every kind, with any text and any values in them.

use std::borrow::Cow;

use hub_core::{
    Arguments, CancelInvocation, Close, Completion, EncodedValue, Encoding, Headers, HubMessage,
    Invocation, Outcome, StreamInvocation, StreamItem,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

type Text = Cow<'static, str>;

/// A message whose values are in `encoding`. Empty texts are left out where a
/// protocol takes them for nothing.
pub(crate) fn message(encoding: Encoding) -> impl Strategy<Value = HubMessage<'static>> {
    prop_oneof![
        invocation(encoding),
        stream_invocation(encoding),
        (headers(), text(), value(encoding)).prop_map(|(headers, invocation_id, item)| {
            HubMessage::StreamItem(StreamItem {
                headers,
                invocation_id,
                item,
            })
        }),
        (headers(), text(), outcome(encoding)).prop_map(|(headers, invocation_id, outcome)| {
            HubMessage::Completion(Completion {
                headers,
                invocation_id,
                outcome,
            })
        }),
        (headers(), text()).prop_map(|(headers, invocation_id)| {
            HubMessage::CancelInvocation(CancelInvocation {
                headers,
                invocation_id,
            })
        }),
        Just(HubMessage::Ping),
        (proptest::option::of(text()), any::<bool>()).prop_map(|(error, allow_reconnect)| {
            HubMessage::Close(Close {
                error,
                allow_reconnect,
            })
        }),
        sequence_id().prop_map(HubMessage::Ack),
        sequence_id().prop_map(HubMessage::Sequence),
    ]
}

fn invocation(encoding: Encoding) -> impl Strategy<Value = HubMessage<'static>> {
    let parts = (
        headers(),
        proptest::option::of(text()),
        text(),
        arguments(encoding),
        vec(text(), 0..3),
    );
    parts.prop_map(|(headers, invocation_id, target, arguments, stream_ids)| {
        HubMessage::Invocation(Invocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        })
    })
}

fn stream_invocation(encoding: Encoding) -> impl Strategy<Value = HubMessage<'static>> {
    let parts = (
        headers(),
        text(),
        text(),
        arguments(encoding),
        vec(text(), 0..3),
    );
    parts.prop_map(|(headers, invocation_id, target, arguments, stream_ids)| {
        HubMessage::StreamInvocation(StreamInvocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        })
    })
}

fn outcome(encoding: Encoding) -> impl Strategy<Value = Outcome<'static>> {
    prop_oneof![
        Just(Outcome::Empty),
        value(encoding).prop_map(Outcome::Value),
        text().prop_map(Outcome::Error),
    ]
}

fn headers() -> impl Strategy<Value = Headers<'static>> {
    btree_map(text(), text(), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(|text| {
        if text.is_empty() {
            "-".into()
        } else {
            text.into()
        }
    })
}

/// Ids are signed on the wire.
fn sequence_id() -> impl Strategy<Value = u64> {
    0..=i64::MAX.unsigned_abs()
}

fn arguments(encoding: Encoding) -> impl Strategy<Value = Arguments<'static>> {
    vec(json(), 0..4).prop_map(move |values| Arguments::new(encoded(encoding, &values)))
}

fn value(encoding: Encoding) -> impl Strategy<Value = EncodedValue<'static>> {
    json().prop_map(move |value| encoded(encoding, &value))
}

fn encoded<T: serde::Serialize>(encoding: Encoding, value: &T) -> EncodedValue<'static> {
    EncodedValue::from_value(encoding, value).expect("every value has a form")
}

pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        vec(any::<char>(), 30..300).prop_map(|text| Value::from(text.iter().collect::<String>())),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..20).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
