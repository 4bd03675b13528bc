use super::key::is_request_key;
use super::{AcceptKey, VERSION, list_contains};

/// Why a request is no WebSocket request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NotWebSocket {
    /// HTTP/1.1 upgrades are GET requests, on HTTP/2 they are CONNECT requests.
    #[error("the method cannot open a WebSocket")]
    Method,
    /// `Connection` does not list `upgrade`.
    #[error("the Connection header does not contain 'upgrade'")]
    Connection,
    /// `Upgrade` does not list `websocket`.
    #[error("the Upgrade header does not contain 'websocket'")]
    Upgrade,
    /// `Sec-WebSocket-Version` does not list `13`.
    #[error("the Sec-WebSocket-Version header does not contain '13'")]
    Version,
    /// `Sec-WebSocket-Key` is missing, repeated, or not base64 of 16 bytes.
    #[error("the Sec-WebSocket-Key header is not one base64 value of 16 bytes")]
    Key,
    /// The `:protocol` of an extended CONNECT request is missing or another one.
    #[error("the :protocol of the CONNECT request is not 'websocket'")]
    Protocol,
}

/// Decides whether an HTTP/1.1 request opens a WebSocket (RFC 6455 section
/// 4.2.1); the answer goes into `Sec-WebSocket-Accept`.
///
/// # Errors
/// The first condition that does not hold.
///
/// ```
/// use hub_core::websocket::handshake::accept_upgrade;
///
/// let headers = [
///     ("connection", "keep-alive, Upgrade"),
///     ("upgrade", "websocket"),
///     ("sec-websocket-version", "13"),
///     ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
/// ];
/// let values = |name| {
///     let named = headers.iter().filter(move |header| header.0 == name);
///     named.map(|header| header.1.as_bytes())
/// };
/// let accept = accept_upgrade("GET", values).unwrap();
/// assert_eq!(accept.as_str(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
pub fn accept_upgrade<'h, V>(
    method: &str,
    values: impl Fn(&'static str) -> V,
) -> Result<AcceptKey, NotWebSocket>
where
    V: Iterator<Item = &'h [u8]>,
{
    if method != "GET" {
        return Err(NotWebSocket::Method);
    }
    if !list_contains(values("connection"), "upgrade") {
        return Err(NotWebSocket::Connection);
    }
    if !list_contains(values("upgrade"), "websocket") {
        return Err(NotWebSocket::Upgrade);
    }
    if !list_contains(values("sec-websocket-version"), VERSION) {
        return Err(NotWebSocket::Version);
    }
    let mut keys = values("sec-websocket-key");
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_request_key(key) => Ok(AcceptKey::answer(key)),
        _ => Err(NotWebSocket::Key),
    }
}

/// Decides whether an HTTP/2 request opens a WebSocket (RFC 8441 section 5);
/// `protocol` is its `:protocol`. There is no key: the answer is a plain 200.
///
/// # Errors
/// The first condition that does not hold.
pub fn accept_connect<'h, V>(
    method: &str,
    protocol: Option<&str>,
    values: impl Fn(&'static str) -> V,
) -> Result<(), NotWebSocket>
where
    V: Iterator<Item = &'h [u8]>,
{
    if method != "CONNECT" {
        return Err(NotWebSocket::Method);
    }
    if !protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket")) {
        return Err(NotWebSocket::Protocol);
    }
    if !list_contains(values("sec-websocket-version"), VERSION) {
        return Err(NotWebSocket::Version);
    }
    Ok(())
}

/// The subprotocols that a client offers, in its order of preference, out of the
/// values of its `Sec-WebSocket-Protocol` headers. They are compared with case.
pub fn subprotocols<'h>(
    values: impl IntoIterator<Item = &'h str>,
) -> impl Iterator<Item = &'h str> {
    values
        .into_iter()
        .flat_map(|value| value.split(','))
        .map(str::trim_ascii)
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn values<'h>(
        headers: &'h [(&'h str, &'h str)],
    ) -> impl Fn(&'static str) -> std::vec::IntoIter<&'h [u8]> {
        |name| {
            let named = headers.iter().filter(|header| header.0 == name);
            let found: Vec<&[u8]> = named.map(|header| header.1.as_bytes()).collect();
            found.into_iter()
        }
    }

    fn upgrade(method: &str, name: &str, replacement: &[&str]) -> Result<(), NotWebSocket> {
        let mut headers: Vec<_> = GOOD.into_iter().filter(|(n, _)| *n != name).collect();
        headers.extend(replacement.iter().map(|value| (name, *value)));
        accept_upgrade(method, values(&headers)).map(drop)
    }

    #[test]
    fn lists_and_any_case_are_accepted() {
        assert_eq!(upgrade("GET", "", &[]), Ok(()));
        assert_eq!(
            upgrade("GET", "connection", &["keep-alive, uPGRADE"]),
            Ok(())
        );
        assert_eq!(
            upgrade("GET", "connection", &["keep-alive", "Upgrade"]),
            Ok(())
        );
        assert_eq!(upgrade("GET", "upgrade", &["h2c ,WebSocket"]), Ok(()));
        assert_eq!(upgrade("GET", "sec-websocket-version", &["8, 13"]), Ok(()));
    }

    #[test]
    fn each_condition_is_needed() {
        use NotWebSocket as E;
        for (method, name, replacement, error) in [
            ("POST", "", &[][..], E::Method),
            ("get", "", &[], E::Method),
            ("GET", "connection", &[], E::Connection),
            ("GET", "connection", &["keep-alive"], E::Connection),
            ("GET", "upgrade", &["websockets"], E::Upgrade),
            ("GET", "sec-websocket-version", &["12"], E::Version),
            ("GET", "sec-websocket-version", &[], E::Version),
            ("GET", "sec-websocket-key", &[], E::Key),
            ("GET", "sec-websocket-key", &["c2hvcnQ="], E::Key),
            (
                "GET",
                "sec-websocket-key",
                &["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="],
                E::Key,
            ),
            (
                "GET",
                "sec-websocket-key",
                &["dGhlIHNhbXBsZSBub25jZR=="],
                E::Key,
            ),
        ] {
            assert_eq!(upgrade(method, name, replacement), Err(error), "{name}");
        }
    }

    #[test]
    fn extended_connect() {
        use NotWebSocket as E;
        let version: &[_] = &[("sec-websocket-version", "13")];
        for (method, protocol, headers, expected) in [
            ("CONNECT", Some("WebSocket"), version, Ok(())),
            ("GET", Some("websocket"), version, Err(E::Method)),
            ("CONNECT", None, version, Err(E::Protocol)),
            ("CONNECT", Some("connect-udp"), version, Err(E::Protocol)),
            ("CONNECT", Some("websocket"), &[], Err(E::Version)),
        ] {
            assert_eq!(accept_connect(method, protocol, values(headers)), expected);
        }
    }

    #[test]
    fn subprotocols_of_several_headers_are_one_list() {
        let offered: Vec<_> = subprotocols(["a, b", " ,c,"]).collect();
        assert_eq!(offered, ["a", "b", "c"]);
    }
}
