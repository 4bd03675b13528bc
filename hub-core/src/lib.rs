//! The SignalR hub protocol without I/O.
//!
//! Everything here is data and rules: messages, their two encodings, framing,
//! the handshake, negotiation, one connection as a state machine, and the
//! WebSocket codec. Bytes and time come in as arguments; bytes, events and one
//! deadline go out. There is no runtime, no socket, no clock, no randomness and
//! no thread in this crate, so that the same rules serve the server, the client
//! and every test.
//!
//! ```
//! use hub_core::protocol::{HubProtocol, JsonProtocol};
//! use hub_core::{HubMessage, Next};
//!
//! let received = b"{\"type\":1,\"target\":\"Add\",\"arguments\":[1,2]}\x1e{\"type\":6}\x1e";
//!
//! let Next::Record { record, consumed } = JsonProtocol.next_record(received, 32_768)? else {
//!     panic!("the first record is complete");
//! };
//! let Some(HubMessage::Invocation(call)) = JsonProtocol.decode(record)? else {
//!     panic!("the first record is a call");
//! };
//! assert_eq!(call.target, "Add");
//! // Only now, with the types of the method, are the arguments decoded.
//! assert_eq!(call.arguments.bind::<(i64, i64)>(), Ok((1, 2)));
//! assert_eq!(&received[consumed..], b"{\"type\":6}\x1e");
//! # Ok::<(), hub_core::DecodeError>(())
//! ```

// Tests inside the crate and beside it share their helpers.
#[cfg(test)]
extern crate self as hub_core;

mod arguments;
mod encoding;
mod error;
mod headers;
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
pub use headers::Headers;
pub use id::{ConnectionId, ConnectionToken};
pub use message::{
    CancelInvocation, Close, Completion, HubMessage, Invocation, Outcome, StreamInvocation,
    StreamItem,
};
pub use timestamp::{Timestamp, TimestampError};
pub use value::{EncodeValue, EncodedValue, ValueError};
