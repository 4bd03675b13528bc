//! A protocol just good enough to test connections: JSON messages in text or
//! in binary framing. It keeps those tests from depending on the real ones.

use std::borrow::Cow;
use std::sync::Arc;

use hub_core::framing::{Next, binary, text};
use hub_core::protocol::{Call, HubProtocol};
use hub_core::{
    Arguments, CancelInvocation, Close, Completion, DecodeError, EncodeArguments, EncodeError,
    EncodeValue, EncodedValue, Encoding, Headers, HubMessage, Invocation, Outcome,
    StreamInvocation, StreamItem, TransferFormat,
};
use serde_json::{Value, json};

/// Records end with a separator.
pub(crate) fn json() -> Arc<dyn HubProtocol> {
    Arc::new(PlainProtocol(TransferFormat::Text))
}

/// Records begin with their length. The messages inside are JSON all the same.
pub(crate) fn message_pack() -> Arc<dyn HubProtocol> {
    Arc::new(PlainProtocol(TransferFormat::Binary))
}

#[derive(Debug)]
struct PlainProtocol(TransferFormat);

impl HubProtocol for PlainProtocol {
    fn name(&self) -> &'static str {
        match self.0 {
            TransferFormat::Text => "json",
            TransferFormat::Binary => "messagepack",
        }
    }

    fn transfer_format(&self) -> TransferFormat {
        self.0
    }

    fn encoding(&self) -> Encoding {
        Encoding::Json
    }

    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        match self.0 {
            TransferFormat::Text => Ok(text::next_record(input, limit)),
            TransferFormat::Binary => binary::next_record(input, limit),
        }
    }

    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        let message = serde_json::from_slice(record).map(Message);
        message
            .map(Message::into_hub_message)
            .map_err(|_| DecodeError::invalid_data("Error reading JSON."))
    }

    /// Only what connections send themselves.
    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.write(out, |out| {
            let text = match message {
                HubMessage::Ping => "{\"type\":6}".into(),
                HubMessage::Close(close) => close_text(close),
                HubMessage::Ack(id) => format!("{{\"type\":8,\"sequenceId\":{id}}}"),
                HubMessage::Sequence(id) => format!("{{\"type\":9,\"sequenceId\":{id}}}"),
                other => panic!("no connection sends {other:?} itself"),
            };
            out.extend_from_slice(text.as_bytes());
            Ok(())
        })
    }

    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.write(out, |out| {
            let kind = if call.streaming { 4 } else { 1 };
            let mut head = format!("{{\"type\":{kind},\"target\":{}", json!(call.target));
            if let Some(id) = call.invocation_id {
                head += &format!(",\"invocationId\":{}", json!(id));
            }
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(b",\"arguments\":");
            arguments.encode_arguments(Encoding::Json, out)?;
            out.push(b'}');
            Ok(())
        })
    }

    fn encode_stream_item(
        &self,
        invocation_id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.write_with_value(2, invocation_id, "item", item, out)
    }

    fn encode_result(
        &self,
        invocation_id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.write_with_value(3, invocation_id, "result", result, out)
    }
}

impl PlainProtocol {
    fn write_with_value(
        &self,
        kind: u8,
        id: &str,
        name: &str,
        value: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.write(out, |out| {
            let head = format!(
                "{{\"type\":{kind},\"invocationId\":{},\"{name}\":",
                json!(id)
            );
            out.extend_from_slice(head.as_bytes());
            value.encode_value(Encoding::Json, out)?;
            out.push(b'}');
            Ok(())
        })
    }

    /// Puts the framing around what `write_record` writes.
    fn write(
        &self,
        out: &mut Vec<u8>,
        write_record: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut record = Vec::new();
        write_record(&mut record)?;
        match self.0 {
            TransferFormat::Text => record.push(text::RECORD_SEPARATOR),
            TransferFormat::Binary => {
                let (prefix, used) = binary::prefix(record.len());
                out.extend_from_slice(&prefix[..used]);
            }
        }
        out.append(&mut record);
        Ok(())
    }
}

fn close_text(close: &Close<'_>) -> String {
    let mut text = "{\"type\":7".to_owned();
    if let Some(error) = &close.error {
        text += &format!(",\"error\":{}", json!(error));
    }
    if close.allow_reconnect {
        text += ",\"allowReconnect\":true";
    }
    text + "}"
}

/// A message whose properties are there, or else empty.
struct Message(Value);

impl Message {
    fn into_hub_message(self) -> Option<HubMessage<'static>> {
        let headers = Headers::new();
        let invocation_id = self.text("invocationId").unwrap_or_default();
        let target = self.text("target").unwrap_or_default();
        let arguments = Arguments::new(self.value("arguments"));
        let stream_ids = Vec::new();
        Some(match self.0["type"].as_i64()? {
            1 => HubMessage::Invocation(Invocation {
                headers,
                invocation_id: self.text("invocationId"),
                target,
                arguments,
                stream_ids,
            }),
            2 => HubMessage::StreamItem(StreamItem {
                headers,
                invocation_id,
                item: self.value("item"),
            }),
            3 => HubMessage::Completion(Completion {
                headers,
                invocation_id,
                outcome: match self.0.get("result") {
                    Some(_) => Outcome::Value(self.value("result")),
                    None => Outcome::Empty,
                },
            }),
            4 => HubMessage::StreamInvocation(StreamInvocation {
                headers,
                invocation_id,
                target,
                arguments,
                stream_ids,
            }),
            5 => HubMessage::CancelInvocation(CancelInvocation {
                headers,
                invocation_id,
            }),
            6 => HubMessage::Ping,
            7 => HubMessage::Close(Close {
                error: self.text("error"),
                allow_reconnect: self.0["allowReconnect"] == true,
            }),
            8 => HubMessage::Ack(self.sequence_id()),
            9 => HubMessage::Sequence(self.sequence_id()),
            _ => return None,
        })
    }

    fn text(&self, name: &str) -> Option<Cow<'static, str>> {
        self.0[name].as_str().map(|text| text.to_owned().into())
    }

    fn value(&self, name: &str) -> EncodedValue<'static> {
        EncodedValue::new(Encoding::Json, self.0[name].to_string().into_bytes())
    }

    fn sequence_id(&self) -> u64 {
        self.0["sequenceId"].as_u64().unwrap_or_default()
    }
}
