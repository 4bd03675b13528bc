//! The hub protocol in JSON: one object for each message, ended by a record
//! separator.

mod decode;
mod encode;
mod scan;

use bytes::Bytes;

use super::{Call, HubProtocol};
use crate::framing::text;
use crate::{
    DecodeError, EncodeArguments, EncodeError, EncodeValue, Encoding, HubMessage, Next,
    TransferFormat,
};

/// The protocol `json`.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonProtocol;

impl HubProtocol for JsonProtocol {
    fn name(&self) -> &'static str {
        "json"
    }

    fn transfer_format(&self) -> TransferFormat {
        TransferFormat::Text
    }

    fn encoding(&self) -> Encoding {
        Encoding::Json
    }

    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        Ok(text::next_record(input, limit))
    }

    fn may_complete(&self, fresh: &[u8]) -> bool {
        memchr::memchr(text::RECORD_SEPARATOR, fresh).is_some()
    }

    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        decode::decode(record)
    }

    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode::whole(out, |out| encode::message(message, out))
    }

    fn ping(&self) -> Bytes {
        Bytes::from_static(b"{\"type\":6}\x1e")
    }

    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        encode::whole(out, |out| encode::call(call, arguments, out))
    }

    fn encode_stream_item(
        &self,
        invocation_id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        encode::whole(out, |out| encode::item(invocation_id, item, out))
    }

    fn encode_result(
        &self,
        invocation_id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        encode::whole(out, |out| encode::result(invocation_id, result, out))
    }
}
