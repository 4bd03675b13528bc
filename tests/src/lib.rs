//! What whole-system tests need: a server on a port of its own, and clients
//! that know the wire and nothing of the code that is tested.

#![allow(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

mod client;
mod events;
mod messagepack;
mod patience;
mod polling;
mod raw_client;
mod requests;
mod server;

pub use client::Client;
pub use events::EventClient;
pub use messagepack::{MessagePackClient, framed};
pub use patience::{eventually, within};
pub use polling::PollingClient;
pub use raw_client::{Ending, RawClient, call, stream_call};
pub use requests::{Answer, Negotiated, Requests};
pub use server::TestServer;

/// Ends every record of the JSON protocol and of the handshake.
pub const RECORD_SEPARATOR: char = '\u{1e}';

/// The handshake of a client that speaks JSON.
pub const JSON_HANDSHAKE: &str = r#"{"protocol":"json","version":1}"#;

/// The records in `text`, each of which has to be whole.
fn records(text: &str) -> impl Iterator<Item = serde_json::Value> {
    let whole = text
        .strip_suffix(RECORD_SEPARATOR)
        .unwrap_or_else(|| panic!("not a whole record: {text:?}"));
    whole
        .split(RECORD_SEPARATOR)
        .map(|record| serde_json::from_str(record).expect("a record is JSON"))
}
