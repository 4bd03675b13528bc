//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1), and the
//! parameters of permessage-deflate in it.

use std::borrow::Cow;

/// What stands in the header.
pub(super) mod names {
    pub(in super::super) const EXTENSION: &str = "permessage-deflate";
    pub(in super::super) const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
    pub(in super::super) const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
    pub(in super::super) const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
    pub(in super::super) const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";
}

/// The header does not follow its grammar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// One element of the list: an extension that is offered or chosen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'h> {
    pub(super) name: &'h str,
    parameters: Vec<(&'h str, Option<Cow<'h, str>>)>,
}

/// The list, which may be spread over any number of headers.
pub(super) fn extensions<'h>(
    values: impl IntoIterator<Item = &'h [u8]>,
) -> Result<Vec<Extension<'h>>, Malformed> {
    let mut list = Vec::new();
    for value in values {
        let mut scanner = Scanner { rest: value };
        loop {
            // Elements of a list may be empty (RFC 9110 section 5.6.1).
            while scanner.eat(b',') {}
            if scanner.rest.is_empty() {
                break;
            }
            list.push(scanner.extension()?);
            if !scanner.rest.is_empty() && !scanner.eat(b',') {
                return Err(Malformed);
            }
        }
    }
    Ok(list)
}

/// The parameters of one permessage-deflate, as they are offered or answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<u8>,
    /// In offers the value may be missing.
    pub(super) client_max_window_bits: Option<Option<u8>>,
}

impl Extension<'_> {
    /// `None` if a parameter is unknown, repeated or has a value that it must not
    /// have (RFC 7692 section 7.1).
    pub(super) fn deflate_parameters(&self) -> Option<Parameters> {
        let mut parameters = Parameters::default();
        for (name, value) in &self.parameters {
            let value = value.as_deref();
            let is_new = match *name {
                names::SERVER_NO_CONTEXT_TAKEOVER if value.is_none() => {
                    !std::mem::replace(&mut parameters.server_no_context_takeover, true)
                }
                names::CLIENT_NO_CONTEXT_TAKEOVER if value.is_none() => {
                    !std::mem::replace(&mut parameters.client_no_context_takeover, true)
                }
                names::SERVER_MAX_WINDOW_BITS => {
                    let bits = window_bits(value?)?;
                    parameters.server_max_window_bits.replace(bits).is_none()
                }
                names::CLIENT_MAX_WINDOW_BITS => {
                    let bits = match value {
                        Some(value) => Some(window_bits(value)?),
                        None => None,
                    };
                    parameters.client_max_window_bits.replace(bits).is_none()
                }
                _ => false,
            };
            if !is_new {
                return None;
            }
        }
        Some(parameters)
    }
}

/// 8 to 15, without leading zeros (section 7.1.2).
fn window_bits(value: &str) -> Option<u8> {
    match value {
        "8" => Some(8),
        "9" => Some(9),
        _ if value.len() == 2 && value.starts_with('1') => {
            value.parse().ok().filter(|bits| *bits <= 15)
        }
        _ => None,
    }
}

struct Scanner<'h> {
    rest: &'h [u8],
}

impl<'h> Scanner<'h> {
    fn extension(&mut self) -> Result<Extension<'h>, Malformed> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        while self.eat(b';') {
            let name = self.token()?;
            let value = if self.eat(b'=') {
                Some(self.value()?)
            } else {
                None
            };
            parameters.push((name, value));
        }
        Ok(Extension { name, parameters })
    }

    /// A token, or a quoted string with the content of one.
    fn value(&mut self) -> Result<Cow<'h, str>, Malformed> {
        if self.rest.first() != Some(&b'"') {
            return self.token().map(Cow::Borrowed);
        }
        let mut value = String::new();
        let mut bytes = self.rest[1..].iter().enumerate();
        while let Some((at, &byte)) = bytes.next() {
            let content = match byte {
                b'"' if !value.is_empty() => {
                    self.rest = self.rest[at + 2..].trim_ascii_start();
                    return Ok(Cow::Owned(value));
                }
                b'\\' => bytes.next().map(|(_, &escaped)| escaped),
                _ => Some(byte),
            };
            let content = content.filter(|&byte| is_token(byte)).ok_or(Malformed)?;
            value.push(char::from(content));
        }
        Err(Malformed)
    }

    fn token(&mut self) -> Result<&'h str, Malformed> {
        let rest = self.rest.trim_ascii_start();
        let end = rest.iter().position(|&byte| !is_token(byte));
        let (token, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = rest.trim_ascii_start();
        match std::str::from_utf8(token) {
            Ok(token) if !token.is_empty() => Ok(token),
            _ => Err(Malformed),
        }
    }

    /// Takes this byte and the space around it, if it is next.
    fn eat(&mut self, byte: u8) -> bool {
        let rest = self.rest.trim_ascii_start();
        let found = rest.first() == Some(&byte);
        self.rest = if found {
            rest[1..].trim_ascii_start()
        } else {
            rest
        };
        found
    }
}

/// `tchar` of RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Result<Vec<Extension<'_>>, Malformed> {
        extensions([value.as_bytes()])
    }

    #[test]
    fn lists_of_extensions() {
        let list = parse(" a ; b ; c=1;d = \"x\\y\" ,, e,").unwrap();
        let [first, second] = &list[..] else {
            panic!("{list:?}");
        };
        assert_eq!((first.name, second.name), ("a", "e"));
        let value = |text: &'static str| Some(Cow::Borrowed(text));
        let expected = [("b", None), ("c", value("1")), ("d", value("xy"))];
        assert_eq!(first.parameters, expected);
        assert_eq!(parse(""), Ok(Vec::new()));
        let spread = extensions([&b"a"[..], b"", b"b, c"]).unwrap();
        assert_eq!(spread.len(), 3);
    }

    #[test]
    fn malformed_lists() {
        for wrong in [
            ";",
            "a b",
            "a;",
            "a; =1",
            "a; b=",
            "a; b=\"",
            "a; b=\"\"",
            "a; b=\"c d\"",
            "a; b=c d",
            "a; b=\"c\" d",
            "a=1",
            "a; b=\"\\",
            "\u{e4}",
            "a; b=\u{e4}",
            "a; b=\"\u{e4}\"",
        ] {
            assert_eq!(parse(wrong), Err(Malformed), "{wrong}");
        }
    }

    #[test]
    fn bits_have_one_form() {
        let valid: Vec<u8> = (8..=15).collect();
        let read: Vec<u8> = (0..200)
            .filter_map(|bits| window_bits(&bits.to_string()))
            .collect();
        assert_eq!(read, valid);
        for wrong in [
            "", "08", "009", "+9", "1", "1x", "16", "0x9", "9 ", "1\u{661}",
        ] {
            assert_eq!(window_bits(wrong), None, "{wrong}");
        }
    }
}
