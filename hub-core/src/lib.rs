//! The SignalR hub protocol without I/O.
//!
//! Everything here is data and rules: messages, their two encodings, framing,
//! the handshake, negotiation, one connection as a state machine, and the
//! WebSocket codec. Bytes and time come in as arguments; bytes, events and one
//! deadline go out. There is no runtime, no socket, no clock, no randomness and
//! no thread in this crate, so that the same rules serve the server, the client
//! and every test.

// Tests inside the crate and beside it share their helpers.
#[cfg(test)]
extern crate self as hub_core;

mod arguments;
mod encoding;
mod error;
mod id;
mod message;
mod timestamp;
mod value;

pub mod connection;
pub mod framing;
pub mod handshake;
pub mod negotiate;
pub mod protocol;
pub mod serialized;
pub mod websocket;

pub use arguments::{ArgumentReader, Arguments, BindError, EncodeArguments, FromArguments};
pub use encoding::{Encoding, TransferFormat};
pub use error::{DecodeError, EncodeError};
pub use framing::Next;
pub use id::{ConnectionId, ConnectionToken};
pub use message::{
    CancelInvocation, Close, Completion, Headers, HubMessage, Invocation, Outcome,
    StreamInvocation, StreamItem,
};
pub use timestamp::{Timestamp, TimestampError};
pub use value::{EncodeValue, EncodedValue, ValueError};
