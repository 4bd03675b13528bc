//! The first record in each direction.

use serde::Deserialize;

use crate::{Record, WireError};

/// Cases for the handshake. All records are without their separator.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// Requests that a server reads.
    pub requests: Vec<HandshakeRequest>,
    /// Records that a server refuses to take for a request.
    pub refused_requests: Vec<Refused>,
    /// Responses that a client reads.
    pub responses: Vec<HandshakeResponse>,
    /// Records that a client refuses to take for a response.
    pub refused_responses: Vec<Refused>,
}

/// A request and what it asks for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeRequest {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// The protocol's name, as the client spells it.
    pub protocol: String,
    /// The protocol's version.
    pub version: i32,
    /// Whether clients write exactly this.
    #[serde(default)]
    pub written: bool,
}

/// A response and what it says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandshakeResponse {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// Why the server refuses, if it does.
    pub error: Option<String>,
    /// Whether servers write exactly this.
    #[serde(default)]
    pub written: bool,
}

/// A record that is neither.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// What the case is called.
    pub name: String,
    /// The record.
    pub record: Record,
    /// What is wrong with it.
    pub error: WireError,
}
