//! Hub protocols: which bytes stand for which message.
//!
//! [`JsonProtocol`] and [`MessagePackProtocol`] are there and on. Another one is an
//! implementation of [`HubProtocol`], given to
//! [`HubOptions::protocols`](crate::HubOptions::protocols); what it needs is here.
//! Values inside of its messages are encoded as JSON or as MessagePack (see
//! [`Encoding`]).

pub use hub_core::framing;
pub use hub_core::protocol::{Call, HubProtocol, JsonProtocol, MessagePackProtocol};
pub use hub_core::{
    Arguments, CancelInvocation, Close, Completion, DecodeError, EncodeArguments, EncodeError,
    EncodeValue, EncodedValue, Encoding, Headers, HubMessage, Invocation, Next, Outcome,
    StreamInvocation, StreamItem, TransferFormat, ValueError,
};
