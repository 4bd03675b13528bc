//! One message for many receivers: encoded at most once for each protocol, and
//! the bytes shared.

use bytes::Bytes;

use crate::protocol::{Call, HubProtocol};
use crate::websocket::{MAX_UNMASKED_HEADER_LEN, MessageKind, encode_in_gap};
use crate::{EncodeArguments, EncodeError, TransferFormat};

impl From<TransferFormat> for MessageKind {
    fn from(format: TransferFormat) -> Self {
        match format {
            TransferFormat::Text => Self::Text,
            TransferFormat::Binary => Self::Binary,
        }
    }
}

/// An encoded message with the head of its WebSocket frame in front.
///
/// A frame from server to client is not masked, so head and payload are the
/// same for every receiver: they are built once and stand in one piece of
/// memory, of which a transport without frames takes the payload alone.
/// Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct EncodedMessage {
    bytes: Bytes,
    payload_at: u8,
}

impl EncodedMessage {
    /// Encodes what `write` appends, which must be whole messages of `protocol`.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn encode(
        protocol: &dyn HubProtocol,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<Self, EncodeError> {
        let mut bytes = Vec::with_capacity(TYPICAL_LEN);
        bytes.extend_from_slice(&[0; MAX_UNMASKED_HEADER_LEN]);
        write(&mut bytes)?;
        let frame_at = encode_in_gap(protocol.transfer_format().into(), &mut bytes);
        // The head has at most ten bytes.
        let payload_at = (MAX_UNMASKED_HEADER_LEN - frame_at) as u8;
        Ok(Self {
            bytes: Bytes::from(bytes).slice(frame_at..),
            payload_at,
        })
    }

    /// The message with its own framing, for transports without frames.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes[usize::from(self.payload_at)..]
    }

    /// The same as [`payload`](Self::payload), sharing the memory.
    #[must_use]
    pub fn to_record(&self) -> Bytes {
        self.bytes.slice(usize::from(self.payload_at)..)
    }

    /// The message as one whole, unmasked WebSocket frame.
    #[must_use]
    pub fn websocket_frame(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the frame, which bound what the message costs.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // a frame has a head at least
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Room for the head and a short message without growing.
const TYPICAL_LEN: usize = 128;

/// A call for any number of receivers.
pub struct SerializedMessage<'m> {
    call: Call<'m>,
    arguments: &'m dyn EncodeArguments,
    encoded: [Option<EncodedMessage>; INLINE_PROTOCOLS],
    others: Vec<(usize, EncodedMessage)>,
}

/// The two built-in protocols are found without a search.
const INLINE_PROTOCOLS: usize = 2;

impl<'m> SerializedMessage<'m> {
    /// Encodes nothing yet.
    #[must_use]
    pub fn new(call: Call<'m>, arguments: &'m dyn EncodeArguments) -> Self {
        Self {
            call,
            arguments,
            encoded: [None, None],
            others: Vec::new(),
        }
    }

    /// The message in `protocol`, which is always the same for one `index`.
    ///
    /// # Errors
    /// When an argument has no form in the protocol.
    pub fn for_protocol(
        &mut self,
        index: usize,
        protocol: &dyn HubProtocol,
    ) -> Result<&EncodedMessage, EncodeError> {
        let (call, arguments) = (self.call, self.arguments);
        let encode = || {
            EncodedMessage::encode(protocol, |out| {
                protocol.encode_invocation(&call, arguments, out)
            })
        };
        if let Some(slot) = self.encoded.get_mut(index) {
            if slot.is_none() {
                *slot = Some(encode()?);
            }
            return Ok(slot.as_ref().expect("the slot was filled above"));
        }
        let at = match self.others.iter().position(|(known, _)| *known == index) {
            Some(at) => at,
            None => {
                self.others.push((index, encode()?));
                self.others.len() - 1
            }
        };
        Ok(&self.others[at].1)
    }
}

impl std::fmt::Debug for SerializedMessage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SerializedMessage")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
