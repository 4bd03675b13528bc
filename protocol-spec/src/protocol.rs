//! What a reader of one protocol has to bear, and what it has to refuse.

use serde::Deserialize;

use crate::{Message, Record};

/// Cases for the reader of a protocol. All records are without their framing.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Records that nobody here writes and everybody reads.
    pub read: Vec<Reading>,
    /// Records of an unknown type, which are passed over.
    pub skipped: Vec<Skipped>,
    /// Calls of a method with one text as its parameter, which fail by their
    /// arguments and do not harm the connection.
    pub unfit: Vec<Unfit>,
    /// Records that end the connection.
    pub rejected: Vec<Rejected>,
}

/// A record and what it means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// What it means.
    pub message: Message,
}

/// A record of an unknown type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
}

/// A call whose arguments do not fit one text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfit {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// The text behind the exception's name in detailed errors.
    pub error: String,
}

/// A record that is no message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// What is wrong with it.
    pub error: WireError,
}

/// An error as a peer reads it when detailed errors are on: `kind: text`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireError {
    /// The name of the exception.
    pub kind: String,
    /// Its text; none where it is left to the implementation.
    pub text: Option<String>,
}
