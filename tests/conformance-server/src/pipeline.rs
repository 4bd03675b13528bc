//! What happens to a request before it reaches an endpoint, in the order of the
//! contract: CORS, redirects, cookies, a negotiation that always fails, and
//! paths in any case.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::extract::{Query, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    CONTENT_TYPE, HOST, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE,
};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Goes before everything else.
pub(crate) async fn run(request: Request, next: Next) -> Response {
    let cors = cors_headers(request.headers());
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        answer(request, next).await
    };
    response.headers_mut().extend(cors);
    response
}

async fn answer(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_ascii_lowercase();
    if is_below(&path, "/echoredirect") {
        return redirect_to_echo(&request);
    }
    if is_below(&path, "/redirect") {
        return send_elsewhere(request.uri());
    }
    let cookies = path.contains("/negotiate");
    let scheme = scheme(&request);
    let mut response = answer_here(request, &path, next).await;
    if cookies {
        set_cookies(&scheme, response.headers_mut());
    }
    response
}

async fn answer_here(mut request: Request, path: &str, next: Next) -> Response {
    if is_below(path, "/bad-negotiate") {
        return (StatusCode::BAD_REQUEST, "Some response from server").into_response();
    }
    // Names in the paths of helper endpoints keep their case.
    if HUBS.iter().any(|hub| path.starts_with(hub)) {
        lower_path(&mut request, path);
    }
    next.run(request).await
}

const HUBS: [&str; 6] = [
    "/testhub",
    "/authorizedhub",
    "/uncreatable",
    "/echo",
    "/conformance",
    "/bench",
];

/// What the listener says; plain HTTP where it says nothing.
fn scheme(request: &Request) -> Scheme {
    let told = request.extensions().get::<Scheme>();
    told.cloned().unwrap_or(Scheme::HTTP)
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn lower_path(request: &mut Request, path: &str) {
    let target = match request.uri().query() {
        Some(query) => format!("{}?{query}", path.trim_end_matches('/')),
        None => path.trim_end_matches('/').to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = target.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

fn cors_headers(request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(origin) = request.get(ORIGIN) else {
        return headers;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    if let Some(method) = request.get(ACCESS_CONTROL_REQUEST_METHOD) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    }
    if let Some(names) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers
}

fn set_cookies(scheme: &Scheme, headers: &mut HeaderMap) {
    let restrictions = if *scheme == Scheme::HTTPS {
        "; Secure; SameSite=None; Partitioned"
    } else {
        ""
    };
    for cookie in [
        "testCookie=testValue; path=/",
        "testCookie2=testValue2; path=/",
        "expiredCookie=doesntmatter; expires=Thu, 01 Jan 2015 00:00:00 GMT; path=/",
    ] {
        let cookie = HeaderValue::try_from(format!("{cookie}{restrictions}"));
        headers.append(SET_COOKIE, cookie.expect("it is visible ASCII"));
    }
}

fn redirect_to_echo(request: &Request) -> Response {
    let uri = request.uri();
    // HTTP/2 has the host in the URI instead.
    let named = request.headers().get(HOST);
    let named = named.and_then(|host| host.to_str().ok());
    let host = named.or(uri.authority().map(Authority::as_str));
    let target = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let target = target.replacen("echoredirect", "echo", 1);
    let scheme = scheme(request);
    let location = format!("{scheme}://{}{target}", host.unwrap_or_default());
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[derive(Deserialize)]
struct Elsewhere {
    #[serde(rename = "baseUrl", default)]
    base_url: String,
}

fn send_elsewhere(uri: &Uri) -> Response {
    static REDIRECTS: AtomicU32 = AtomicU32::new(0);
    let count = REDIRECTS.fetch_add(1, Ordering::Relaxed) + 1;
    let base = Query::<Elsewhere>::try_from_uri(uri).map(|query| query.0.base_url);
    let url = format!("{}/testHub?numRedirects={count}", base.unwrap_or_default());
    // With the reference's spaces, since the kit compares the text.
    let body = format!("{{ \"url\": {} }}", serde_json::json!(url));
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
