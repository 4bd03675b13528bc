//! The hub protocol: which bytes stand for which message.

mod json;
mod messagepack;

use std::sync::Arc;

use bytes::Bytes;

pub use json::JsonProtocol;
pub use messagepack::MessagePackProtocol;

use crate::{
    DecodeError, EncodeArguments, EncodeError, EncodeValue, Encoding, HubMessage, Next,
    TransferFormat,
};

/// One encoding of the hub messages, pure and stateless.
///
/// Implementations append to `out` and leave it as it was when they fail. A
/// record is decoded without copying: strings and values of the message borrow
/// from it.
pub trait HubProtocol: std::fmt::Debug + Send + Sync + 'static {
    /// The name that the handshake asks for, such as `json`.
    fn name(&self) -> &'static str;

    /// The newest version that is understood; every lower one is as well.
    fn version(&self) -> i32 {
        2
    }

    /// What a transport must be able to carry.
    fn transfer_format(&self) -> TransferFormat;

    /// How values inside the messages are encoded.
    fn encoding(&self) -> Encoding;

    /// Finds the first record in `input`; `limit` bounds its length with the
    /// framing.
    ///
    /// # Errors
    /// When the framing itself makes no sense.
    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError>;

    /// Whether `fresh` may complete a record that stood before it incomplete
    /// and within its limit. A protocol that has to search for the end of a
    /// record says so without searching the whole record again.
    fn may_complete(&self, fresh: &[u8]) -> bool {
        !fresh.is_empty()
    }

    /// Decodes one record. `None`: a message of an unknown type, to be skipped.
    ///
    /// # Errors
    /// When the record is no message.
    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError>;

    /// Appends `message` with its framing.
    ///
    /// # Errors
    /// When a value inside is of another encoding.
    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// A Ping with its framing. Worth overriding with static bytes: every idle
    /// connection sends one every few seconds.
    fn ping(&self) -> Bytes {
        let mut record = Vec::new();
        // A Ping holds no value that could be of another encoding.
        let _ = self.encode(&HubMessage::Ping, &mut record);
        record.into()
    }

    /// Appends an Invocation, encoding the arguments straight into `out`.
    ///
    /// # Errors
    /// When an argument cannot be encoded.
    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// Appends a StreamItem, encoding the item straight into `out`.
    ///
    /// # Errors
    /// When the item cannot be encoded.
    fn encode_stream_item(
        &self,
        invocation_id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// Appends a Completion with a result, encoding it straight into `out`.
    ///
    /// # Errors
    /// When the result cannot be encoded.
    fn encode_result(
        &self,
        invocation_id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;
}

impl From<JsonProtocol> for Arc<dyn HubProtocol> {
    fn from(protocol: JsonProtocol) -> Self {
        Arc::new(protocol)
    }
}

impl From<MessagePackProtocol> for Arc<dyn HubProtocol> {
    fn from(protocol: MessagePackProtocol) -> Self {
        Arc::new(protocol)
    }
}

/// Everything of an Invocation or StreamInvocation but its arguments.
///
/// ```
/// use hub_core::protocol::Call;
///
/// let call = Call::to("Counter").with_invocation_id("7").streaming();
/// assert!(call.streaming && call.stream_ids.is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// Whether the answer is a stream (type 4 instead of 1).
    pub streaming: bool,
    /// Under which the answer comes; `None` when none is wanted.
    pub invocation_id: Option<&'a str>,
    /// The method's name.
    pub target: &'a str,
    /// Ids of the streams that will be sent to the method.
    pub stream_ids: &'a [&'a str],
}

impl<'a> Call<'a> {
    /// A call of `target` that wants no answer.
    #[must_use]
    pub fn to(target: &'a str) -> Self {
        Self {
            streaming: false,
            invocation_id: None,
            target,
            stream_ids: &[],
        }
    }

    /// The same call, whose answer comes under this id.
    #[must_use]
    pub fn with_invocation_id(mut self, id: &'a str) -> Self {
        self.invocation_id = Some(id);
        self
    }

    /// The same call, with these streams to come.
    #[must_use]
    pub fn with_stream_ids(mut self, ids: &'a [&'a str]) -> Self {
        self.stream_ids = ids;
        self
    }

    /// The same call, whose answer is a stream.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.streaming = true;
        self
    }
}
