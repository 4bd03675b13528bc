//! Between messages and their descriptions.

use hub_core::{
    Arguments, CancelInvocation, Close, Completion, EncodedValue, Encoding, Headers, HubMessage,
    Invocation, Outcome, StreamInvocation, StreamItem,
};
use protocol_spec::Message;
use serde_json::Value;

/// What `message` says.
pub(crate) fn describe(message: &HubMessage<'_>) -> Message {
    match message {
        HubMessage::Invocation(call) => Message::Invocation {
            headers: pairs(&call.headers),
            invocation_id: call.invocation_id.as_deref().map(str::to_owned),
            target: call.target.to_string(),
            arguments: call.arguments.as_encoded().decode().expect("an array"),
            stream_ids: call.stream_ids.iter().map(ToString::to_string).collect(),
        },
        HubMessage::StreamItem(item) => Message::StreamItem {
            headers: pairs(&item.headers),
            invocation_id: item.invocation_id.to_string(),
            item: item.item.decode().expect("a value"),
        },
        HubMessage::Completion(completion) => {
            let (result, error) = match &completion.outcome {
                Outcome::Empty => (None, None),
                Outcome::Value(value) => (Some(value.decode().expect("a value")), None),
                Outcome::Error(error) => (None, Some(error.to_string())),
            };
            Message::Completion {
                headers: pairs(&completion.headers),
                invocation_id: completion.invocation_id.to_string(),
                result,
                error,
            }
        }
        HubMessage::StreamInvocation(call) => Message::StreamInvocation {
            headers: pairs(&call.headers),
            invocation_id: call.invocation_id.to_string(),
            target: call.target.to_string(),
            arguments: call.arguments.as_encoded().decode().expect("an array"),
            stream_ids: call.stream_ids.iter().map(ToString::to_string).collect(),
        },
        HubMessage::CancelInvocation(cancel) => Message::CancelInvocation {
            headers: pairs(&cancel.headers),
            invocation_id: cancel.invocation_id.to_string(),
        },
        HubMessage::Ping => Message::Ping,
        HubMessage::Close(close) => Message::Close {
            error: close.error.as_deref().map(str::to_owned),
            allow_reconnect: close.allow_reconnect,
        },
        HubMessage::Ack(sequence_id) => Message::Ack {
            sequence_id: *sequence_id,
        },
        HubMessage::Sequence(sequence_id) => Message::Sequence {
            sequence_id: *sequence_id,
        },
        other => panic!("{other:?} has no description"),
    }
}

/// The message that says so, with its values in `encoding`.
pub(crate) fn message(description: &Message, encoding: Encoding) -> HubMessage<'_> {
    let value = |value: &Value| EncodedValue::from_value(encoding, value).expect("it has a form");
    match description {
        Message::Invocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        } => HubMessage::Invocation(Invocation {
            headers: headers_of(headers),
            invocation_id: invocation_id.as_deref().map(Into::into),
            target: target.into(),
            arguments: arguments_of(arguments, encoding),
            stream_ids: stream_ids.iter().map(Into::into).collect(),
        }),
        Message::StreamItem {
            headers,
            invocation_id,
            item,
        } => HubMessage::StreamItem(StreamItem {
            headers: headers_of(headers),
            invocation_id: invocation_id.into(),
            item: value(item),
        }),
        Message::Completion {
            headers,
            invocation_id,
            result,
            error,
        } => HubMessage::Completion(Completion {
            headers: headers_of(headers),
            invocation_id: invocation_id.into(),
            outcome: match (result, error) {
                (None, None) => Outcome::Empty,
                (Some(result), None) => Outcome::Value(value(result)),
                (_, Some(error)) => Outcome::Error(error.into()),
            },
        }),
        Message::StreamInvocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        } => HubMessage::StreamInvocation(StreamInvocation {
            headers: headers_of(headers),
            invocation_id: invocation_id.into(),
            target: target.into(),
            arguments: arguments_of(arguments, encoding),
            stream_ids: stream_ids.iter().map(Into::into).collect(),
        }),
        Message::CancelInvocation {
            headers,
            invocation_id,
        } => HubMessage::CancelInvocation(CancelInvocation {
            headers: headers_of(headers),
            invocation_id: invocation_id.into(),
        }),
        Message::Ping => HubMessage::Ping,
        Message::Close {
            error,
            allow_reconnect,
        } => HubMessage::Close(Close {
            error: error.as_deref().map(Into::into),
            allow_reconnect: *allow_reconnect,
        }),
        Message::Ack { sequence_id } => HubMessage::Ack(*sequence_id),
        Message::Sequence { sequence_id } => HubMessage::Sequence(*sequence_id),
    }
}

fn pairs(headers: &Headers<'_>) -> Vec<(String, String)> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    headers.iter().map(owned).collect()
}

fn headers_of(pairs: &[(String, String)]) -> Headers<'_> {
    pairs
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn arguments_of(values: &[Value], encoding: Encoding) -> Arguments<'static> {
    Arguments::new(EncodedValue::from_value(encoding, values).expect("it has a form"))
}
