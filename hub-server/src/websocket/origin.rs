use http::HeaderMap;
use http::header::ORIGIN;

/// What a request says about the page that made it: all its `Origin` headers as
/// one text, so that a repeated one matches nothing.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Vec<u8>);

impl Origin {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let values: Vec<&[u8]> = headers
            .get_all(ORIGIN)
            .iter()
            .map(|value| value.as_bytes())
            .collect();
        Self(values.join(&b", "[..]))
    }

    /// Whether the origin may connect; everything may if none are named.
    pub(crate) fn is_allowed(&self, allowed: &[String]) -> bool {
        allowed.is_empty()
            || self.0.is_empty()
            || allowed.iter().any(|origin| origin.as_bytes() == self.0)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn origins_are_compared_byte_for_byte() {
        let allowed = ["https://a.example".to_owned(), "null".to_owned()];
        for (values, is_allowed) in [
            (&[][..], true),
            (&[""], true),
            (&["https://a.example"], true),
            (&["null"], true),
            (&["https://A.example"], false),
            (&["https://a.example:443"], false),
            (&["https://a.example/"], false),
            (&["http://a.example"], false),
            (&["https://a.example", "https://a.example"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ORIGIN, HeaderValue::from_static(value));
            }
            let origin = Origin::of(&headers);
            assert_eq!(origin.is_allowed(&allowed), is_allowed, "{values:?}");
            assert!(origin.is_allowed(&[]));
        }
    }
}
