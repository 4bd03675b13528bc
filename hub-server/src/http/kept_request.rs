//! The request that opened a transport, kept for the life of the connection.

use axum::body::Bytes;
use axum::extract::OriginalUri;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use super::query;

/// How many bytes of the request [`of`] copies.
pub(super) fn size(parts: &Parts) -> usize {
    let headers = parts.headers.iter();
    let target = parts.uri.path_and_query();
    target.map_or(0, |target| target.as_str().len())
        + headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum::<usize>()
}

/// A copy for the application: without the secret connection token, and in
/// memory of its own. What the HTTP layer hands over are slices of its read
/// buffer, of which a single header would keep all alive.
pub(super) fn of(parts: &Parts) -> Parts {
    let (mut kept, ()) = http::Request::new(()).into_parts();
    kept.method = parts.method.clone();
    kept.version = parts.version;
    kept.uri = uri(&parts.uri);
    kept.headers = headers(&parts.headers);
    kept.extensions = parts.extensions.clone();
    if let Some(OriginalUri(original)) = parts.extensions.get() {
        // The router keeps the URI from before nesting, token and all.
        kept.extensions.insert(OriginalUri(self::uri(original)));
    }
    kept
}

fn uri(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    if let Some(query) = uri.query() {
        let kept = query::without(query, "id");
        let path = uri.path();
        let target = if kept.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{kept}")
        };
        // The pieces come from a valid target, so together they are one.
        parts.path_and_query = target.parse().ok();
    }
    let text = Uri::from_parts(parts).map(|uri| uri.to_string());
    text.ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// All values in one piece of memory.
fn headers(headers: &HeaderMap) -> HeaderMap {
    let len = headers.values().map(HeaderValue::len).sum();
    let mut bytes = Vec::with_capacity(len);
    headers
        .values()
        .for_each(|value| bytes.extend_from_slice(value.as_bytes()));
    let bytes = Bytes::from(bytes);
    let mut kept = HeaderMap::with_capacity(headers.keys_len());
    let mut at = 0;
    for (name, value) in headers {
        let end = at + value.len();
        let copied = HeaderName::from_bytes(name.as_str().as_bytes())
            .ok()
            .zip(HeaderValue::from_maybe_shared(bytes.slice(at..end)).ok());
        if let Some((name, mut copy)) = copied {
            copy.set_sensitive(value.is_sensitive());
            kept.append(name, copy);
        }
        at = end;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_from_before_nesting_loses_the_token_too() {
        let original = OriginalUri("/api/hub?id=secret".parse().unwrap());
        let (parts, ()) = http::Request::get("/hub?id=secret")
            .extension(original)
            .body(())
            .unwrap()
            .into_parts();
        let kept = of(&parts);
        let OriginalUri(original) = kept.extensions.get().unwrap();
        assert_eq!(original, "/api/hub");
    }

    #[test]
    fn everything_but_the_token_is_kept() {
        let (parts, ()) = http::Request::get("/hub?id=secret&room=a%20b")
            .header("x-test", "1")
            .header("x-test", "2")
            .header("cookie", "a=b")
            .body(())
            .unwrap()
            .into_parts();
        let kept = of(&parts);
        assert_eq!(kept.uri, "/hub?room=a%20b");
        assert_eq!(kept.headers, parts.headers);
    }
}
