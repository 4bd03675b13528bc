//! Stand-in protocol for tests.
use hub_core::framing::{Next, text};
use hub_core::protocol::{Call, HubProtocol};
use hub_core::*;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Mini(&'static str, TransferFormat);

pub(crate) fn json() -> Arc<dyn HubProtocol> {
    Arc::new(Mini("json", TransferFormat::Text))
}
pub(crate) fn message_pack() -> Arc<dyn HubProtocol> {
    Arc::new(Mini("messagepack", TransferFormat::Binary))
}

impl HubProtocol for Mini {
    fn name(&self) -> &'static str {
        self.0
    }
    fn transfer_format(&self) -> TransferFormat {
        self.1
    }
    fn encoding(&self) -> Encoding {
        Encoding::Json
    }
    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        Ok(text::next_record(input, limit))
    }
    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        let v: Value = serde_json::from_slice(record)
            .map_err(|_| DecodeError::invalid_data("Error reading JSON."))?;
        let s = |n: &str| -> Option<Cow<'a, str>> { v[n].as_str().map(|s| s.to_owned().into()) };
        let id = || s("invocationId").unwrap_or_default();
        let value = |n: &str| EncodedValue::new(Encoding::Json, v[n].to_string().into_bytes());
        Ok(Some(match v["type"].as_i64() {
            Some(1) => HubMessage::Invocation(Invocation {
                headers: Headers::new(),
                invocation_id: s("invocationId"),
                target: s("target").unwrap_or_default(),
                arguments: Arguments::new(value("arguments")),
                stream_ids: vec![],
            }),
            Some(2) => HubMessage::StreamItem(StreamItem {
                headers: Headers::new(),
                invocation_id: id(),
                item: value("item"),
            }),
            Some(3) => HubMessage::Completion(Completion {
                headers: Headers::new(),
                invocation_id: id(),
                outcome: if v.get("result").is_some() {
                    Outcome::Value(value("result"))
                } else {
                    Outcome::Empty
                },
            }),
            Some(4) => HubMessage::StreamInvocation(StreamInvocation {
                headers: Headers::new(),
                invocation_id: id(),
                target: s("target").unwrap_or_default(),
                arguments: Arguments::new(value("arguments")),
                stream_ids: vec![],
            }),
            Some(5) => HubMessage::CancelInvocation(CancelInvocation {
                headers: Headers::new(),
                invocation_id: id(),
            }),
            Some(6) => HubMessage::Ping,
            Some(7) => HubMessage::Close(Close {
                error: s("error"),
                allow_reconnect: v["allowReconnect"] == true,
            }),
            Some(8) => HubMessage::Ack(v["sequenceId"].as_u64().unwrap_or(0)),
            Some(9) => HubMessage::Sequence(v["sequenceId"].as_u64().unwrap_or(0)),
            _ => return Ok(None),
        }))
    }
    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let text = match message {
            HubMessage::Ping => "{\"type\":6}".to_owned(),
            HubMessage::Ack(n) => format!("{{\"type\":8,\"sequenceId\":{n}}}"),
            HubMessage::Sequence(n) => format!("{{\"type\":9,\"sequenceId\":{n}}}"),
            HubMessage::Close(c) => {
                let mut t = "{\"type\":7".to_owned();
                if let Some(e) = &c.error {
                    t += &format!(",\"error\":{}", json!(e));
                }
                if c.allow_reconnect {
                    t += ",\"allowReconnect\":true";
                }
                t + "}"
            }
            HubMessage::Completion(c) => match &c.outcome {
                Outcome::Value(v) => format!(
                    "{{\"type\":3,\"invocationId\":{},\"result\":{}}}",
                    json!(c.invocation_id),
                    String::from_utf8_lossy(v.as_bytes())
                ),
                _ => format!("{{\"type\":3,\"invocationId\":{}}}", json!(c.invocation_id)),
            },
            _ => unreachable!(),
        };
        out.extend_from_slice(text.as_bytes());
        out.push(0x1e);
        Ok(())
    }
    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut a = Vec::new();
        arguments.encode_arguments(Encoding::Json, &mut a)?;
        let id = call
            .invocation_id
            .map(|i| format!(",\"invocationId\":{}", json!(i)))
            .unwrap_or_default();
        out.extend_from_slice(
            format!(
                "{{\"type\":{}{id},\"target\":{},\"arguments\":{}}}\x1e",
                if call.streaming { 4 } else { 1 },
                json!(call.target),
                String::from_utf8_lossy(&a)
            )
            .as_bytes(),
        );
        Ok(())
    }
    fn encode_stream_item(
        &self,
        id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut a = Vec::new();
        item.encode_value(Encoding::Json, &mut a)?;
        out.extend_from_slice(
            format!(
                "{{\"type\":2,\"invocationId\":{},\"item\":{}}}\x1e",
                json!(id),
                String::from_utf8_lossy(&a)
            )
            .as_bytes(),
        );
        Ok(())
    }
    fn encode_result(
        &self,
        id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut a = Vec::new();
        result.encode_value(Encoding::Json, &mut a)?;
        out.extend_from_slice(
            format!(
                "{{\"type\":3,\"invocationId\":{},\"result\":{}}}\x1e",
                json!(id),
                String::from_utf8_lossy(&a)
            )
            .as_bytes(),
        );
        Ok(())
    }
}
