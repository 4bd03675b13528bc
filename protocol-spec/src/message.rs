//! Hub messages described without an encoding.

use serde::Deserialize;
use serde_json::Value;

use crate::Hex;

/// A message, and the record that stands for it in each protocol. Whoever reads
/// either gets the message, and whoever writes it writes these bytes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageCase {
    /// What the case is called.
    pub name: String,
    /// What the records mean.
    pub message: Message,
    /// The record in JSON, without the separator.
    pub json: String,
    /// The record in MessagePack, without the length.
    pub messagepack: Hex,
}

/// What a message says. Values are described in JSON, whatever the protocol.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Message {
    /// Type 1.
    Invocation {
        /// Names and values, in their order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// None when no answer is wanted.
        invocation_id: Option<String>,
        /// The method.
        target: String,
        /// Its arguments.
        arguments: Vec<Value>,
        /// Of the streams that follow.
        #[serde(default)]
        stream_ids: Vec<String>,
    },
    /// Type 2.
    StreamItem {
        /// Names and values, in their order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Of the stream.
        invocation_id: String,
        /// The item.
        item: Value,
    },
    /// Type 3.
    Completion {
        /// Names and values, in their order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Of the call or stream.
        invocation_id: String,
        /// An explicit null is a result; to leave it out is to have none.
        #[serde(default, deserialize_with = "present")]
        result: Option<Value>,
        /// Why it failed.
        error: Option<String>,
    },
    /// Type 4.
    StreamInvocation {
        /// Names and values, in their order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Of the stream that answers.
        invocation_id: String,
        /// The method.
        target: String,
        /// Its arguments.
        arguments: Vec<Value>,
        /// Of the streams that follow.
        #[serde(default)]
        stream_ids: Vec<String>,
    },
    /// Type 5.
    CancelInvocation {
        /// Names and values, in their order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// What to stop.
        invocation_id: String,
    },
    /// Type 6.
    Ping,
    /// Type 7.
    Close {
        /// What went wrong.
        error: Option<String>,
        /// Whether to come back.
        #[serde(default)]
        allow_reconnect: bool,
    },
    /// Type 8.
    Ack {
        /// The last message that arrived.
        sequence_id: u64,
    },
    /// Type 9.
    Sequence {
        /// Of the next message.
        sequence_id: u64,
    },
}

/// A null that is written is not a value that is missing.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
