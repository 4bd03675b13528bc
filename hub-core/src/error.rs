//! Failures of encoding and decoding, sorted by who must act.

use std::error::Error;

use crate::Encoding;

/// The peer sent bytes that are no message. The connection cannot go on.
///
/// The text is what the reference says to clients when detailed errors are on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    kind: &'static str,
    message: String,
}

impl DecodeError {
    /// A failure named `kind` in the reference's words (an exception's short
    /// type name), with its text.
    #[must_use]
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Data that breaks the protocol: the usual kind.
    #[must_use]
    pub fn invalid_data(message: impl Into<String>) -> Self {
        Self::new("InvalidDataException", message)
    }

    /// The reference's name for this kind of failure, which stands before the
    /// text in detailed errors.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

/// The application's value cannot be written. Nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The value has no form in JSON.
    #[error("the value cannot be written as JSON: {0}")]
    Json(#[source] Box<dyn Error + Send + Sync>),
    /// The value has no form in MessagePack.
    #[error("the value cannot be written as MessagePack: {0}")]
    MessagePack(#[source] Box<dyn Error + Send + Sync>),
    /// An encoded value was passed on to a peer that speaks another encoding.
    #[error("a value encoded as {have:?} cannot be sent as {want:?}")]
    OtherEncoding {
        /// The encoding of the value.
        have: Encoding,
        /// The encoding of the receiver.
        want: Encoding,
    },
}

impl EncodeError {
    pub(crate) fn json(error: serde_json::Error) -> Self {
        Self::Json(error.into())
    }

    pub(crate) fn message_pack(error: rmp_serde::encode::Error) -> Self {
        Self::MessagePack(error.into())
    }
}
