//! The opening handshake (RFC 6455 section 4, RFC 8441 for HTTP/2) as rules over
//! header values: no sockets, no HTTP types.
//!
//! Header values are passed as a function from a lower-case name to the values of
//! all headers of that name, in order.

mod client;
mod key;
mod server;

pub use client::{HandshakeError, RequestKey, verify_response};
pub use key::AcceptKey;
pub use server::{NotWebSocket, accept_connect, accept_upgrade, subprotocols};

/// The one version of the protocol there is (section 4.1).
pub const VERSION: &str = "13";

/// Whether a list of tokens, spread over any number of headers, has `token`,
/// whatever the case.
fn list_contains<'h>(values: impl Iterator<Item = &'h [u8]>, token: &str) -> bool {
    values.into_iter().any(|value| {
        value
            .split(|&byte| byte == b',')
            .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    })
}
