//! Names that cannot be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_core::{ConnectionId, ConnectionToken};
use uuid::Uuid;

/// A public connection id; unique, and no secret.
pub(crate) fn connection_id() -> ConnectionId {
    ConnectionId::from_bytes(*Uuid::new_v4().as_bytes())
}

/// A secret connection token: 128 bits from the operating system.
pub(crate) fn connection_token() -> ConnectionToken {
    ConnectionToken::from_bytes(random_bytes())
}

/// An id for a question, so that no other connection can answer it.
pub(crate) fn unguessable_id() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes())
}

fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system supplies random bytes");
    bytes
}
