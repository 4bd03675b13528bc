//! Whole systems: hubs behind real sockets, and clients that know the wire only.

#![allow(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

mod absent_pollers;
mod bad_handshakes;
mod bad_messages;
mod bad_requests;
mod broadcasts;
mod buffering_proxies;
mod client_results;
mod cors;
mod endless_streams;
mod false_timeouts;
mod fire_and_forget;
mod forgotten_separator;
mod half_finished;
mod hooks;
mod limits;
mod messagepack_bytes;
mod order;
mod origins;
mod panicking_values;
mod panics;
mod posts;
mod program;
mod raw_connections;
mod reclaiming;
mod shutdown;
mod transports;

use hub_server::HubOptions;
use serde_json::{Value, json};

/// What a client is told when it breaks the protocol, with detailed errors.
fn closed_because(detail: &str) -> Value {
    json!({
        "type": 7,
        "error": format!("Connection closed with an error. {detail}"),
        "allowReconnect": true,
    })
}

/// What a call is answered with.
fn result(id: &str, value: impl Into<Value>) -> Value {
    json!({"type": 3, "invocationId": id, "result": value.into()})
}

/// How a call fails.
fn failure(id: &str, error: &str) -> Value {
    json!({"type": 3, "invocationId": id, "error": error})
}

fn detailed() -> HubOptions {
    HubOptions::new().detailed_errors(true)
}
