//! The hub protocol in numbered clauses, with machine-readable vectors.
//!
//! The clauses are the Markdown files in `spec/`, the vectors the JSON files in
//! `vectors/`: named cases that say which bytes stand for what, and which bytes
//! are refused in which words. This crate reads the vectors, so that every
//! implementation and every test can be held against the same cases. It depends
//! on none of them.
//!
//! ```
//! for case in protocol_spec::messages() {
//!     println!("{}: {}", case.name, case.json);
//! }
//! let nothing = protocol_spec::json().rejected.iter().find(|case| case.name == "empty").cloned();
//! assert_eq!(nothing.and_then(|case| case.error.text).as_deref(), Some("Error reading JSON."));
//! ```

mod bytes;
mod framing;
mod handshake;
mod message;
mod negotiate;
mod protocol;

use serde::de::DeserializeOwned;

pub use bytes::{Hex, Record};
pub use framing::{Cut, Cutting, Framing, Prefix};
pub use handshake::{Handshake, HandshakeRequest, HandshakeResponse, Refused};
pub use message::{Message, MessageCase};
pub use negotiate::{
    Negotiate, NegotiateAnswer, NegotiateRequest, NegotiateResponse, NegotiateResult, Transport,
};
pub use protocol::{Protocol, Reading, Rejected, Skipped, Unfit, WireError};

/// Every kind of message as both protocols write it (`vectors/messages.json`).
#[must_use]
pub fn messages() -> Vec<MessageCase> {
    read(include_str!("../vectors/messages.json"))
}

/// What a reader of JSON records meets beside those (`vectors/json.json`).
#[must_use]
pub fn json() -> Protocol {
    read(include_str!("../vectors/json.json"))
}

/// What a reader of MessagePack records meets beside those
/// (`vectors/messagepack.json`).
#[must_use]
pub fn messagepack() -> Protocol {
    read(include_str!("../vectors/messagepack.json"))
}

/// How records are told apart (`vectors/framing.json`).
#[must_use]
pub fn framing() -> Framing {
    read(include_str!("../vectors/framing.json"))
}

/// Requests and responses of the handshake (`vectors/handshake.json`).
#[must_use]
pub fn handshake() -> Handshake {
    read(include_str!("../vectors/handshake.json"))
}

/// Requests and answers of the negotiation (`vectors/negotiate.json`).
#[must_use]
pub fn negotiate() -> Negotiate {
    read(include_str!("../vectors/negotiate.json"))
}

fn read<T: DeserializeOwned>(vectors: &str) -> T {
    serde_json::from_str(vectors).expect("the vectors in this crate have the shape of its types")
}
