//! How records are told apart.

use serde::Deserialize;

use crate::{Hex, Record, WireError};

/// Cases for both framings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framing {
    /// Records that end with a separator.
    pub text: Vec<Cutting>,
    /// Records that begin with their length.
    pub binary: Vec<Cutting>,
    /// Lengths and how they are written.
    pub prefixes: Vec<Prefix>,
}

/// Bytes that arrived, and the first record in them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cutting {
    /// What the case is called.
    pub name: String,
    /// What arrived.
    pub input: Record,
    /// The most bytes that a record may have with its framing.
    pub limit: usize,
    /// What comes of it.
    pub gives: Cut,
}

/// What the first bytes of an input are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Cut {
    /// A whole record.
    Record(Record),
    /// Not yet a record.
    Incomplete,
    /// More than the limit allows.
    TooLong,
    /// No framing at all.
    Error(WireError),
}

/// A length and its shortest form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// What the case is called.
    pub name: String,
    /// The length of a record.
    pub length: usize,
    /// How it is written.
    pub prefix: Hex,
}
