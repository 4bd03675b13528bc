use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::REQUEST_KEY_LEN;
use super::{AcceptKey, list_contains};

/// The value of a client's `Sec-WebSocket-Key` (section 4.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestKey([u8; REQUEST_KEY_LEN]);

impl RequestKey {
    /// A key of sixteen random bytes, to be drawn for each connection.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        let mut bytes = [0; REQUEST_KEY_LEN];
        STANDARD
            .encode_slice(random, &mut bytes)
            .expect("sixteen bytes are 24 digits of base64");
        Self(bytes)
    }

    /// The value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64 is ASCII")
    }

    /// What the server must answer.
    #[must_use]
    pub fn accept_key(&self) -> AcceptKey {
        AcceptKey::answer(&self.0)
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestKey").field(&self.as_str()).finish()
    }
}

/// Why a server's answer does not open a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The server answered something else, such as a refusal or a redirection.
    #[error("the status of the answer is {0}, not 101")]
    Status(u16),
    /// `Connection` does not list `upgrade`.
    #[error("the Connection header does not contain 'upgrade'")]
    Connection,
    /// `Upgrade` is not `websocket`.
    #[error("the Upgrade header is not 'websocket'")]
    Upgrade,
    /// `Sec-WebSocket-Accept` does not answer our key.
    #[error("the Sec-WebSocket-Accept header does not fit the key")]
    Accept,
    /// The server chose a subprotocol that we did not offer, or several.
    #[error("the server chose a subprotocol that was not offered")]
    Subprotocol,
    /// The server uses an extension that we did not offer.
    #[error("the server uses an extension that was not offered")]
    Extension,
    /// The parameters of an extension do not fit what we offered.
    #[error("the server's parameters of an extension do not fit the offer")]
    ExtensionParameters,
}

/// Checks a server's answer to an HTTP/1.1 upgrade request that offered these
/// `subprotocols` and no extensions (section 4.1); returns the chosen
/// subprotocol.
///
/// # Errors
/// The first condition that does not hold: the connection must be ended.
pub fn verify_response<'h, V>(
    status: u16,
    key: &RequestKey,
    offered: &[&'h str],
    values: impl Fn(&'static str) -> V,
) -> Result<Option<&'h str>, HandshakeError>
where
    V: Iterator<Item = &'h [u8]>,
{
    if status != 101 {
        return Err(HandshakeError::Status(status));
    }
    if !list_contains(values("connection"), "upgrade") {
        return Err(HandshakeError::Connection);
    }
    if !list_contains(values("upgrade"), "websocket") {
        return Err(HandshakeError::Upgrade);
    }
    let accept = key.accept_key();
    if !values("sec-websocket-accept").eq([accept.as_bytes()]) {
        return Err(HandshakeError::Accept);
    }
    if values("sec-websocket-extensions").next().is_some() {
        return Err(HandshakeError::Extension);
    }
    let mut chosen = values("sec-websocket-protocol");
    match (chosen.next(), chosen.next()) {
        (None, _) => Ok(None),
        (Some(name), None) => offered
            .iter()
            .find(|offer| offer.as_bytes() == name)
            .map(|offer| Some(*offer))
            .ok_or(HandshakeError::Subprotocol),
        _ => Err(HandshakeError::Subprotocol),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(
        status: u16,
        changed: &[(&str, &'static str)],
    ) -> Result<Option<&'static str>, HandshakeError> {
        let key = RequestKey::new(*b"the sample nonce");
        let mut headers = vec![
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ];
        headers.retain(|header| changed.iter().all(|change| change.0 != header.0));
        headers.extend(changed);
        verify_response(status, &key, &["chat", "superchat"], |name| {
            let named = headers.iter().filter(move |header| header.0 == name);
            named.map(|header| header.1.as_bytes())
        })
    }

    #[test]
    fn the_key_of_the_specification() {
        let key = RequestKey::new(*b"the sample nonce");
        assert_eq!(key.as_str(), "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(verify(101, &[]), Ok(None));
    }

    #[test]
    fn wrong_answers_are_refused() {
        use HandshakeError as E;
        assert_eq!(verify(200, &[]), Err(E::Status(200)));
        for (name, value, error) in [
            ("connection", "close", E::Connection),
            ("upgrade", "h2c", E::Upgrade),
            (
                "sec-websocket-accept",
                "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                E::Accept,
            ),
            ("sec-websocket-protocol", "Chat", E::Subprotocol),
            ("sec-websocket-extensions", "x-unheard-of", E::Extension),
        ] {
            assert_eq!(verify(101, &[(name, value)]), Err(error));
        }
    }

    #[test]
    fn the_chosen_subprotocol_must_be_one_of_the_offers() {
        let chosen = ("sec-websocket-protocol", "superchat");
        assert_eq!(verify(101, &[chosen]), Ok(Some("superchat")));
        let twice = [chosen, ("sec-websocket-protocol", "chat")];
        assert_eq!(verify(101, &twice), Err(HandshakeError::Subprotocol));
    }
}
