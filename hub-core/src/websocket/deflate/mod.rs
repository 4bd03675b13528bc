//! permessage-deflate (RFC 7692): messages that are compressed one by one.
//!
//! * [`accept_offer`]: a server's answer to what a client offers.
//! * [`verify_response`]: a client's check of that answer to its
//!   [`DeflateOptions::offer`].
//! * [`Deflater`]: messages in, frames out.
//! * [`Inflater`]: compressed [`Fragment`](super::Fragment)s in, plain ones out,
//!   within a limit.
//! * [`Contexts`]: the memory of zlib that connections share, so that one without
//!   context takeover owns none while no message is under way.
//!
//! Compressing what an attacker can influence together with a secret tells him the
//! secret by and by, from the lengths alone, whatever the encryption (CRIME,
//! BREACH). So nothing here is switched on by itself.
//!
//! ```
//! use hub_core::websocket::deflate::{Contexts, DeflateOptions, accept_offer};
//! use hub_core::websocket::{Decoder, Event, MessageKind, Role};
//!
//! let options = DeflateOptions::new().min_message_size(0);
//! let offer = "permessage-deflate; client_max_window_bits";
//! let agreed = accept_offer([offer.as_bytes()], &options).unwrap();
//! assert_eq!(
//!     agreed.to_string(),
//!     "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
//! );
//!
//! let mut contexts = Contexts::default();
//! let mut wire = Vec::new();
//! let text = "again and again and again and again";
//! let mut deflater = agreed.deflater(Role::Server, &options);
//! deflater.encode_message(&mut contexts, MessageKind::Text, text.as_bytes(), None, &mut wire);
//! assert!(wire.len() < text.len());
//!
//! let mut decoder = Decoder::new(Role::Client).accept_compressed();
//! let mut inflater = agreed.inflater(Role::Client, 1024);
//! let Ok(Some(Event::Data(mut piece))) = decoder.decode(&mut &mut wire[..]) else {
//!     panic!("a whole message was written");
//! };
//! let plain = inflater.inflate(&mut contexts, &mut piece)?.unwrap();
//! assert_eq!(plain.payload, text.as_bytes());
//! assert!(plain.ends_message);
//! # Ok::<(), hub_core::websocket::ProtocolError>(())
//! ```

mod contexts;
mod deflater;
mod header;
mod inflater;
mod negotiation;
mod options;
mod parameters;
#[cfg(test)]
mod tests;

pub use contexts::Contexts;
pub use deflater::Deflater;
pub use inflater::Inflater;
pub use negotiation::{accept_offer, verify_response};
pub use options::{DeflateOptions, WindowBits};
pub use parameters::DeflateParameters;

/// What ends a flush of DEFLATE data, and is left out on the wire (section 7.2.1).
const FLUSH_END: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
