//! The hub protocol in MessagePack: one array for each message, preceded by its
//! length.

mod decode;
mod encode;
mod read;

use bytes::Bytes;

use super::{Call, HubProtocol};
use crate::framing::binary;
use crate::{
    DecodeError, EncodeArguments, EncodeError, EncodeValue, Encoding, HubMessage, Next,
    TransferFormat,
};

/// The protocol `messagepack`.
///
/// Structs are written as maps with the field names as they are; .NET peers
/// expect them in PascalCase (`#[serde(rename_all = "PascalCase")]`).
///
/// The format is none for people to read, so that types with two forms take the
/// shorter one. Two of those are not what .NET peers expect: they write a UUID as
/// text with hyphens (`#[serde(with = "uuid::serde::hyphenated")]`), and take
/// bytes only as such, where serde makes an array of numbers of a `Vec<u8>`
/// (`#[serde(with = "serde_bytes")]`).
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePackProtocol;

impl HubProtocol for MessagePackProtocol {
    fn name(&self) -> &'static str {
        "messagepack"
    }

    fn transfer_format(&self) -> TransferFormat {
        TransferFormat::Binary
    }

    fn encoding(&self) -> Encoding {
        Encoding::MessagePack
    }

    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        binary::next_record(input, limit)
    }

    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        decode::decode(record)
    }

    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode::whole(out, |out| encode::message(message, out))
    }

    fn ping(&self) -> Bytes {
        Bytes::from_static(&[0x02, 0x91, 0x06])
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
