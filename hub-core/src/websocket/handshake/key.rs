use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// Bytes of base64 for the sixteen bytes of a request key.
pub(super) const REQUEST_KEY_LEN: usize = 24;

/// Bytes of base64 for the twenty bytes of SHA-1.
const ACCEPT_KEY_LEN: usize = 28;

/// Section 1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The value of `Sec-WebSocket-Accept`: the proof that a server understood the
/// request (section 4.2.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AcceptKey([u8; ACCEPT_KEY_LEN]);

impl AcceptKey {
    /// The answer to a request key, which is taken as it stands.
    pub(super) fn answer(request_key: &[u8]) -> Self {
        let hash = Sha1::new()
            .chain_update(request_key)
            .chain_update(GUID)
            .finalize();
        let mut bytes = [0; ACCEPT_KEY_LEN];
        STANDARD
            .encode_slice(hash, &mut bytes)
            .expect("twenty bytes are 28 digits of base64");
        Self(bytes)
    }

    /// The value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64 is ASCII")
    }

    /// The value of the header.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for AcceptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AcceptKey").field(&self.as_str()).finish()
    }
}

/// Whether `key` is base64 of exactly sixteen bytes, without stray bits in the
/// last digit.
pub(super) fn is_request_key(key: &[u8]) -> bool {
    let mut bytes = [0; 18];
    key.len() == REQUEST_KEY_LEN && STANDARD.decode_slice(key, &mut bytes) == Ok(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let accept = AcceptKey::answer(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept.as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn request_keys() {
        assert!(is_request_key(b"dGhlIHNhbXBsZSBub25jZQ=="));
        for wrong in [
            "",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZR==",
            "dGhlIHNhbXBsZSBub25jZWE=",
            "dGhlIHNhbXBsZSBub25jZWFh",
            "dGhlIHNhbXBsZSBub25j ZQ==",
            "dGhlIHNhbXBsZSBub25jZ\u{e9}==",
            "AAAAAAAAAAAAAAAAAAA=",
        ] {
            assert!(!is_request_key(wrong.as_bytes()), "{wrong}");
        }
    }
}
