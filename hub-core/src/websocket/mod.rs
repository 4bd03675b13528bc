//! WebSockets (RFC 6455) as a codec without I/O, for servers and clients.
//!
//! * [`handshake`]: is this request a WebSocket request, and what is the answer?
//! * [`Decoder`]: bytes in, pieces of messages and control frames out, in place.
//! * [`Assembler`]: whole messages out of those pieces, with a size limit.
//! * [`FrameHeader`] and the `encode_*` functions: the way back.
//! * [`CloseHandshake`]: who has said goodbye.
//! * `deflate` (with the feature of that name): compressed messages (RFC 7692).
//!
//! Nothing here allocates for a peer that is idle, and nothing waits for a whole
//! frame before its bytes are handed on.
//!
//! ```
//! use hub_core::websocket::{Decoder, Event, Role, encode_message, MessageKind};
//!
//! let mut wire = Vec::new();
//! encode_message(MessageKind::Text, b"hello", None, &mut wire);
//!
//! let mut decoder = Decoder::new(Role::Client);
//! let mut input = &mut wire[..];
//! let Ok(Some(Event::Data(fragment))) = decoder.decode(&mut input) else {
//!     panic!("a whole message was written");
//! };
//! assert_eq!(fragment.payload, b"hello");
//! assert!(fragment.ends_message);
//! ```

mod close;
mod decoder;
mod encoder;
mod error;
mod frame;
mod mask;
mod message;
mod utf8;

#[cfg(feature = "deflate")]
pub mod deflate;
pub mod handshake;

pub use close::{CloseCode, CloseFrame, CloseHandshake, MAX_REASON_LEN};
pub use decoder::{Decoder, Event, Fragment, MAX_PENDING_LEN};
pub use encoder::{
    EncodedHeader, encode_close, encode_in_gap, encode_message, encode_ping, encode_pong,
};
pub use error::ProtocolError;
pub use frame::{
    FrameHeader, MAX_CONTROL_LEN, MAX_HEADER_LEN, MAX_UNMASKED_HEADER_LEN, MaskKey, MessageKind,
    OpCode,
};
pub use message::{Assembler, Message};
pub use utf8::Utf8Validator;

/// Which end of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Receives masked frames, sends unmasked ones.
    Server,
    /// Receives unmasked frames, sends masked ones.
    Client,
}
