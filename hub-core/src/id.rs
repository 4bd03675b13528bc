//! Identifiers as types, so that a secret is never mistaken for a name.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The public name of a connection: what hub code and other clients may know.
///
/// Made by the server from 16 random bytes, written as 22 characters of
/// unpadded URL-safe base64. Cloning shares the text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(Arc<str>);

impl ConnectionId {
    /// The id made of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The id as it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ConnectionId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ConnectionId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for ConnectionId {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Self> for ConnectionId {
    /// Shares the text.
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl AsRef<str> for ConnectionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for ConnectionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({})", self.0)
    }
}

/// The secret that lets a request use a connection (`?id=`).
///
/// Whoever knows it can speak for the connection, so it appears in no log:
/// `Debug` prints nothing of it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConnectionToken(Arc<str>);

impl ConnectionToken {
    /// The token made of these bytes, which must come from a cryptographically
    /// secure source.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The secret itself, for the negotiate response and the look-up.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ConnectionToken {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl std::borrow::Borrow<str> for ConnectionToken {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConnectionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_22_url_safe_characters() {
        assert_eq!(
            ConnectionId::from_bytes([0xFF; 16]).as_str(),
            "_____________________w"
        );
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = ConnectionToken::from("secret");
        assert_eq!(format!("{token:?}"), "ConnectionToken(..)");
    }
}
