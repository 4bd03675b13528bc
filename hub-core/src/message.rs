//! The nine hub messages.
//!
//! Strings and values borrow from the received bytes where they can; nothing
//! is decoded before a type is asked for. Variants stand in the order of their
//! numbers on the wire (1 to 9).

use std::borrow::Cow;

use crate::{Arguments, EncodedValue, Headers};

/// One message of the hub protocol.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HubMessage<'a> {
    /// Type 1: call a method.
    Invocation(Invocation<'a>),
    /// Type 2: one item of a stream.
    StreamItem(StreamItem<'a>),
    /// Type 3: the end of a call or of a stream.
    Completion(Completion<'a>),
    /// Type 4: call a method that answers with a stream.
    StreamInvocation(StreamInvocation<'a>),
    /// Type 5: stop a running stream or call.
    CancelInvocation(CancelInvocation<'a>),
    /// Type 6: nothing but a sign of life.
    Ping,
    /// Type 7: the sender ends the connection.
    Close(Close<'a>),
    /// Type 8: every trackable message up to this id has arrived.
    Ack(u64),
    /// Type 9: the next trackable message has this id.
    Sequence(u64),
}

impl HubMessage<'_> {
    /// Whether the message counts for stateful reconnect (types 1 to 5).
    #[must_use]
    pub fn is_trackable(&self) -> bool {
        !matches!(
            self,
            Self::Ping | Self::Close(_) | Self::Ack(_) | Self::Sequence(_)
        )
    }
}

/// Type 1: call `target`; an answer is wanted when there is an invocation id.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation<'a> {
    /// Names and values beside the call, such as trace context.
    pub headers: Headers<'a>,
    /// Under which the answer comes; `None` when none is wanted.
    pub invocation_id: Option<Cow<'a, str>>,
    /// The method's name.
    pub target: Cow<'a, str>,
    /// The arguments in their encoded form.
    pub arguments: Arguments<'a>,
    /// One id for each stream that the sender will send to the method.
    pub stream_ids: Vec<Cow<'a, str>>,
}

/// Type 4: call `target`, which answers with a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamInvocation<'a> {
    /// Names and values beside the call.
    pub headers: Headers<'a>,
    /// Under which items and the completion come.
    pub invocation_id: Cow<'a, str>,
    /// The method's name.
    pub target: Cow<'a, str>,
    /// The arguments in their encoded form.
    pub arguments: Arguments<'a>,
    /// One id for each stream that the sender will send to the method.
    pub stream_ids: Vec<Cow<'a, str>>,
}

/// Type 2: one item of the stream `invocation_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamItem<'a> {
    /// Names and values beside the item.
    pub headers: Headers<'a>,
    /// Of the streaming call, or of the upload stream.
    pub invocation_id: Cow<'a, str>,
    /// The item in its encoded form.
    pub item: EncodedValue<'a>,
}

/// Type 3: how the call or stream `invocation_id` ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion<'a> {
    /// Names and values beside the outcome.
    pub headers: Headers<'a>,
    /// Of the call, the stream or the upload stream.
    pub invocation_id: Cow<'a, str>,
    /// What came of it.
    pub outcome: Outcome<'a>,
}

/// What a [`Completion`] says.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<'a> {
    /// Neither result nor error: a stream ended well.
    Empty,
    /// The result; a method without one answers an explicit null.
    Value(EncodedValue<'a>),
    /// It failed, in the sender's words.
    Error(Cow<'a, str>),
}

/// Type 5: stop the call or stream `invocation_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct CancelInvocation<'a> {
    /// Names and values beside it.
    pub headers: Headers<'a>,
    /// What to stop.
    pub invocation_id: Cow<'a, str>,
}

/// Type 7: the sender ends the connection.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Close<'a> {
    /// Why, when something went wrong.
    pub error: Option<Cow<'a, str>>,
    /// Whether a client with automatic reconnect may come back.
    pub allow_reconnect: bool,
}
