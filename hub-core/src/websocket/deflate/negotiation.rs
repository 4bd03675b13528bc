use super::header::{Parameters, extensions, names};
use super::{DeflateOptions, DeflateParameters, WindowBits};
use crate::websocket::handshake::{self, HandshakeError, RequestKey};

/// A server's answer to the `Sec-WebSocket-Extensions` of a request: the first
/// permessage-deflate in it that is valid and can be done. `None` if there is none;
/// the connection then goes uncompressed, without the header in the answer.
///
/// Offers are passed over that have unknown, repeated or invalid parameters, or
/// that want a server's window of 8 bits. A malformed header offers nothing.
pub fn accept_offer<'h>(
    values: impl IntoIterator<Item = &'h [u8]>,
    options: &DeflateOptions,
) -> Option<DeflateParameters> {
    extensions(values)
        .ok()?
        .iter()
        .filter(|extension| extension.name == names::EXTENSION)
        .filter_map(|offer| offer.deflate_parameters())
        .find_map(|offer| answer(offer, options))
}

/// Section 7.1: a wish of the client is granted, a limit of ours is added.
fn answer(offer: Parameters, options: &DeflateOptions) -> Option<DeflateParameters> {
    let limit = |bits: WindowBits| (bits < WindowBits::MAX).then_some(bits);
    let ours = options.server_max_window_bits;
    let server_max_window_bits = match offer.server_max_window_bits {
        Some(bits) => Some(WindowBits::try_new(bits)?.min(ours)),
        None => limit(ours),
    };
    let ours = options.client_max_window_bits;
    let client_max_window_bits = match offer.client_max_window_bits {
        // A client that keeps to 8 bits by itself need not be told so, and its
        // data fits every window.
        Some(Some(bits)) => WindowBits::try_new(bits).map(|bits| bits.min(ours)),
        Some(None) => limit(ours),
        // It does not know the parameter.
        None => None,
    };
    Some(DeflateParameters {
        server_no_context_takeover: offer.server_no_context_takeover
            || options.server_no_context_takeover,
        client_no_context_takeover: offer.client_no_context_takeover
            || options.client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits,
    })
}

impl DeflateOptions {
    /// What a client puts into its `Sec-WebSocket-Extensions`. It always offers to
    /// let the server limit the client's window.
    #[must_use]
    pub fn offer(&self) -> String {
        let limit = |bits: WindowBits| (bits < WindowBits::MAX).then_some(bits);
        let parameters = DeflateParameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: limit(self.server_max_window_bits),
            client_max_window_bits: limit(self.client_max_window_bits),
        };
        let mut offer = parameters.to_string();
        if parameters.client_max_window_bits.is_none() {
            offer.push_str("; ");
            offer.push_str(names::CLIENT_MAX_WINDOW_BITS);
        }
        offer
    }
}

/// As [`handshake::verify_response`], for a request whose only extension was
/// [`options.offer()`](DeflateOptions::offer). Returns the subprotocol and the
/// parameters that the server chose; without parameters the connection goes
/// uncompressed.
///
/// # Errors
/// As there, and [`HandshakeError::ExtensionParameters`] when the answer does not
/// fit the offer.
pub fn verify_response<'h, V>(
    status: u16,
    key: &RequestKey,
    offered: &[&'h str],
    options: &DeflateOptions,
    values: impl Fn(&'static str) -> V,
) -> Result<(Option<&'h str>, Option<DeflateParameters>), HandshakeError>
where
    V: Iterator<Item = &'h [u8]>,
{
    let others = |name| {
        let is_ours = name == EXTENSIONS;
        values(name).filter(move |_| !is_ours)
    };
    let subprotocol = handshake::verify_response(status, key, offered, others)?;
    let chosen = extensions(values(EXTENSIONS)).map_err(|_| HandshakeError::Extension)?;
    let parameters = match &chosen[..] {
        [] => None,
        [extension] if extension.name == names::EXTENSION => Some(
            extension
                .deflate_parameters()
                .and_then(|answer| agree(answer, options))
                .ok_or(HandshakeError::ExtensionParameters)?,
        ),
        _ => return Err(HandshakeError::Extension),
    };
    Ok((subprotocol, parameters))
}

const EXTENSIONS: &str = "sec-websocket-extensions";

/// `None` if the server grants less than was asked for, or more than can be done.
fn agree(answer: Parameters, options: &DeflateOptions) -> Option<DeflateParameters> {
    if options.server_no_context_takeover && !answer.server_no_context_takeover {
        return None;
    }
    let limit = options.server_max_window_bits;
    let server_max_window_bits = match answer.server_max_window_bits {
        // zlib inflates data of the smaller window with the larger one.
        Some(bits) if bits <= limit.as_u8() => Some(WindowBits::nearest(bits)),
        None if limit == WindowBits::MAX => None,
        _ => return None,
    };
    let limit = options.client_max_window_bits;
    let client_max_window_bits = match answer.client_max_window_bits {
        Some(bits) => Some(WindowBits::try_new(bits?).filter(|bits| *bits <= limit)?),
        None => None,
    };
    Some(DeflateParameters {
        server_no_context_takeover: answer.server_no_context_takeover,
        client_no_context_takeover: answer.client_no_context_takeover,
        server_max_window_bits,
        client_max_window_bits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takeover() -> DeflateOptions {
        DeflateOptions::new()
            .disable_server_context_takeover(false)
            .disable_client_context_takeover(false)
    }

    fn accepted(offer: &str, options: &DeflateOptions) -> Option<String> {
        let agreed = accept_offer([offer.as_bytes()], options)?;
        let answer = agreed.to_string();
        let parameters = answer.strip_prefix("permessage-deflate")?;
        Some(parameters.trim_start_matches("; ").to_owned())
    }

    #[test]
    fn a_server_grants_what_it_is_asked_for() {
        for (offer, answer) in [
            ("permessage-deflate", ""),
            ("permessage-deflate; client_max_window_bits", ""),
            (
                "permessage-deflate; client_max_window_bits=11",
                "client_max_window_bits=11",
            ),
            (
                "permessage-deflate; client_max_window_bits=\"11\"",
                "client_max_window_bits=11",
            ),
            ("permessage-deflate; client_max_window_bits=8", ""),
            (
                "permessage-deflate;server_max_window_bits=15",
                "server_max_window_bits=15",
            ),
            (
                "permessage-deflate; client_no_context_takeover; server_max_window_bits=9",
                "client_no_context_takeover; server_max_window_bits=9",
            ),
            (
                "permessage-deflate; server_no_context_takeover",
                "server_no_context_takeover",
            ),
        ] {
            assert_eq!(
                accepted(offer, &takeover()).as_deref(),
                Some(answer),
                "{offer}"
            );
        }
    }

    #[test]
    fn a_server_adds_its_own_limits() {
        let none = "server_no_context_takeover; client_no_context_takeover";
        let default = DeflateOptions::new();
        assert_eq!(
            accepted("permessage-deflate", &default).as_deref(),
            Some(none)
        );
        let small = takeover()
            .server_max_window_bits(10)
            .client_max_window_bits(11);
        for (offer, answer) in [
            ("permessage-deflate", "server_max_window_bits=10"),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=12",
                "server_max_window_bits=10; client_max_window_bits=11",
            ),
            (
                "permessage-deflate; client_max_window_bits=9; server_max_window_bits=9",
                "server_max_window_bits=9; client_max_window_bits=9",
            ),
        ] {
            assert_eq!(accepted(offer, &small).as_deref(), Some(answer), "{offer}");
        }
    }

    #[test]
    fn a_server_passes_over_what_it_cannot_do() {
        for offer in [
            "",
            "x-webkit-deflate-frame",
            "Permessage-Deflate",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; server_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover=1",
            "permessage-deflate; unheard_of",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
            "permessage-deflate; =",
            "permessage-deflate, ;",
        ] {
            assert_eq!(accepted(offer, &takeover()), None, "{offer}");
            if !offer.ends_with(['=', ';']) {
                // The next offer has its chance, in the same header or another one.
                let next = "permessage-deflate; client_no_context_takeover";
                let both = format!("{offer}, {next}");
                let answer = Some("client_no_context_takeover");
                assert_eq!(accepted(&both, &takeover()).as_deref(), answer);
                let spread = [offer.as_bytes(), next.as_bytes()];
                assert!(accept_offer(spread, &takeover()).is_some());
            }
        }
    }

    fn verified(
        answer: &'static str,
        options: &DeflateOptions,
    ) -> Result<Option<DeflateParameters>, HandshakeError> {
        let key = RequestKey::new(*b"the sample nonce");
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("sec-websocket-extensions", answer),
        ];
        let (_, agreed) = verify_response(101, &key, &[], options, |name| {
            let named = headers.iter().filter(move |header| header.0 == name);
            named.map(|header| header.1.as_bytes())
        })?;
        Ok(agreed)
    }

    #[test]
    fn offers_name_what_is_wanted() {
        let no_limits = "permessage-deflate; client_max_window_bits";
        assert_eq!(takeover().offer(), no_limits);
        let limits = DeflateOptions::new()
            .server_max_window_bits(9)
            .client_max_window_bits(10);
        assert_eq!(
            limits.offer(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=9; client_max_window_bits=10"
        );
    }

    #[test]
    fn a_client_checks_the_answer() {
        let limited = takeover()
            .server_max_window_bits(12)
            .client_max_window_bits(12);
        let forgetful = DeflateOptions::new();
        let wrong = Err(HandshakeError::ExtensionParameters);
        for (answer, options, expected) in [
            ("", &limited, Ok(None)),
            (
                "permessage-deflate; server_max_window_bits=13",
                &limited,
                wrong,
            ),
            ("permessage-deflate", &limited, wrong),
            (
                "permessage-deflate; server_max_window_bits=12; client_max_window_bits=13",
                &limited,
                wrong,
            ),
            (
                "permessage-deflate; client_max_window_bits=8",
                &takeover(),
                wrong,
            ),
            (
                "permessage-deflate; client_max_window_bits",
                &takeover(),
                wrong,
            ),
            ("permessage-deflate; unheard_of", &takeover(), wrong),
            ("permessage-deflate", &forgetful, wrong),
            ("x-unheard-of", &forgetful, Err(HandshakeError::Extension)),
            (
                "permessage-deflate; ;",
                &forgetful,
                Err(HandshakeError::Extension),
            ),
            (
                "permessage-deflate, permessage-deflate",
                &takeover(),
                Err(HandshakeError::Extension),
            ),
        ] {
            assert_eq!(verified(answer, options), expected, "{answer}");
        }
        let answer = "permessage-deflate; server_max_window_bits=8; client_max_window_bits=9";
        let agreed = verified(answer, &limited).unwrap().unwrap();
        assert_eq!(agreed.server_max_window_bits, Some(WindowBits::MIN));
        assert_eq!(agreed.client_max_window_bits, Some(WindowBits::MIN));
    }

    #[test]
    fn what_we_answer_is_what_we_verify() {
        for client in [
            takeover(),
            DeflateOptions::new(),
            takeover().server_max_window_bits(9),
        ] {
            for server in [takeover(), DeflateOptions::new().client_max_window_bits(10)] {
                let offer = client.offer();
                let agreed = accept_offer([offer.as_bytes()], &server).unwrap();
                let answer = agreed.to_string().leak();
                assert_eq!(verified(answer, &client), Ok(Some(agreed)));
            }
        }
    }
}
