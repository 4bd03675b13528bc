//! What a client asks before it connects, and what it is told.

use serde::Deserialize;

/// Cases for the negotiation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negotiate {
    /// Queries that a server reads.
    pub requests: Vec<NegotiateRequest>,
    /// Bodies that a server writes.
    pub answers: Vec<NegotiateAnswer>,
    /// Bodies that a client reads.
    pub responses: Vec<NegotiateResponse>,
}

/// The values of a query, decoded, and what a server makes of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NegotiateRequest {
    /// What the case is called.
    pub name: String,
    /// The value of `negotiateVersion`.
    pub negotiate_version: Option<String>,
    /// The value of `useStatefulReconnect`.
    pub use_stateful_reconnect: Option<String>,
    /// The lowest version of the server.
    #[serde(default)]
    pub minimum: i32,
    /// The version of the answer; none when the server refuses.
    pub version: Option<i32>,
    /// Whether stateful reconnect is asked for.
    #[serde(default)]
    pub stateful_reconnect: bool,
    /// The body of a refusal.
    pub refusal: Option<String>,
}

/// What a server tells a client, and the body that says so.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NegotiateAnswer {
    /// What the case is called.
    pub name: String,
    /// The version of the answer.
    pub version: i32,
    /// The public id.
    pub connection_id: String,
    /// The secret token.
    pub connection_token: String,
    /// Names of the transports.
    pub transports: Vec<String>,
    /// Whether stateful reconnect is granted.
    #[serde(default)]
    pub stateful_reconnect: bool,
    /// How long the client's authentication lasts.
    pub token_lifetime_seconds: Option<u64>,
    /// The body.
    pub body: String,
}

/// A body and what a client makes of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NegotiateResponse {
    /// What the case is called.
    pub name: String,
    /// The body.
    pub body: String,
    /// What it says.
    pub gives: NegotiateResult,
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum NegotiateResult {
    /// It may connect.
    Accepted {
        /// The public id.
        connection_id: String,
        /// What the requests of the transports carry.
        connection_token: String,
        /// What the server offers, in its order.
        transports: Vec<Transport>,
        /// Whether stateful reconnect is granted.
        #[serde(default)]
        stateful_reconnect: bool,
    },
    /// It has to ask elsewhere.
    Redirect {
        /// Where.
        url: String,
        /// With which token.
        access_token: Option<String>,
    },
    /// It cannot connect, and says why.
    Error(String),
}

/// A transport that a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transport {
    /// Its name.
    pub transport: String,
    /// What it can carry.
    pub transfer_formats: Vec<String>,
}
