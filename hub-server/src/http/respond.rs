//! Short answers in the words that clients know.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES, HeaderMap,
    HeaderName, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{StatusCode, Version};

use crate::authorization::Denied;
use crate::transport::PostError;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

/// Asks buffering proxies to pass events on at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A status with a sentence.
pub(super) fn text(status: StatusCode, text: &'static str) -> Response {
    with_type(status, TEXT, Body::from(text))
}

pub(super) fn owned_text(status: StatusCode, text: String) -> Response {
    with_type(status, TEXT, Body::from(text))
}

pub(super) fn json(body: Vec<u8>) -> Response {
    let len = body.len();
    let mut response = with_type(StatusCode::OK, JSON, Body::from(body));
    response.headers_mut().insert(CONTENT_LENGTH, len.into());
    response
}

pub(super) fn octets(data: Bytes) -> Response {
    with_type(StatusCode::OK, OCTETS, Body::from(data))
}

/// Turns a request away with an empty body, as authentication schemes do.
pub(super) fn denied(denied: Denied) -> Response {
    match denied {
        Denied::Unauthenticated => {
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response()
        }
        Denied::Forbidden => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Turns a request away for now.
pub(super) fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response()
}

/// The answer to a POST that was not taken, or not in whole. What is missing of
/// its body is not read for long, so the TCP connection ends.
pub(super) fn failed_post(error: PostError, version: Version) -> Response {
    let status = match error {
        PostError::Closed => StatusCode::NOT_FOUND,
        PostError::Incomplete => StatusCode::BAD_REQUEST,
        PostError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
    };
    let mut response = text(status, "");
    if error != PostError::Closed && version < Version::HTTP_2 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

pub(super) fn method_not_allowed() -> Response {
    text(StatusCode::METHOD_NOT_ALLOWED, "")
}

/// An event stream that nobody on the way should keep or change.
pub(super) fn event_stream(events: Body) -> Response {
    let mut response = with_type(StatusCode::OK, EVENTS, events);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache,no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Every answer to a poll carries these.
pub(super) fn forbid_caching(headers: &mut HeaderMap) {
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store"),
    );
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(
        EXPIRES,
        HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"),
    );
}

fn with_type(status: StatusCode, kind: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
