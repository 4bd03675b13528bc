//! From the URL of a hub to an open transport: negotiation, redirects, tokens.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hub_core::negotiate::{self, AvailableTransport, NegotiateResponse, TransportKind};
use hub_core::{ConnectionId, ConnectionToken, TransferFormat};
use url::Url;

use crate::builder::parse_url;
use crate::shared::Shared;
use crate::transport::{Transport, WebSocket};
use crate::{ConnectError, NegotiateError, ServerError, TransportError};

/// How many negotiate requests one attempt may take before the redirects count
/// as a circle.
const MAX_REQUESTS: usize = 100;

/// The longest negotiate response in bytes; usual ones have a few hundred.
const MAX_RESPONSE_SIZE: usize = 64 * 1024;

/// An open transport, before the handshake.
pub(crate) struct Connected {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) connection_id: Option<ConnectionId>,
}

/// Opens a transport to the hub. Each attempt begins at the original URL with
/// a fresh token, whatever redirects an earlier one has met.
pub(crate) async fn connect(shared: &Shared) -> Result<Connected, ConnectError> {
    if shared.options.skip_negotiation {
        let token = fresh_token(shared).await?;
        let headers = headers(shared, token.as_deref())?;
        let transport = open(shared, &shared.url, headers).await?;
        return Ok(Connected {
            transport,
            connection_id: None,
        });
    }
    let agreed = negotiate(shared).await?;
    let transport = open(shared, &agreed.url, agreed.headers).await?;
    Ok(Connected {
        transport,
        connection_id: Some(agreed.connection_id),
    })
}

async fn open(
    shared: &Shared,
    url: &Url,
    headers: HeaderMap,
) -> Result<Box<dyn Transport>, TransportError> {
    let socket = WebSocket::connect(url, headers, &shared.options).await?;
    Ok(Box::new(socket))
}

/// What a negotiation leads to.
struct Agreement {
    /// With the connection token: a secret.
    url: Url,
    headers: HeaderMap,
    connection_id: ConnectionId,
}

/// Negotiates, following redirects.
async fn negotiate(shared: &Shared) -> Result<Agreement, ConnectError> {
    let mut url = shared.url.clone();
    // A token that came with a redirect stands in for the application's.
    let mut redirect_token: Option<String> = None;
    for _ in 0..MAX_REQUESTS {
        let token = match &redirect_token {
            Some(token) => Some(token.clone()),
            None => fresh_token(shared).await?,
        };
        let mut headers = headers(shared, token.as_deref())?;
        match request(shared, &url, &mut headers).await? {
            Step::Redirect { url: next, token } => {
                url = parse_url(&next).map_err(NegotiateError::Redirect)?;
                redirect_token = token.or(redirect_token);
            }
            Step::Connect { id, token } => {
                add_query(&mut url, &format!("id={}", token.expose()));
                return Ok(Agreement {
                    url,
                    headers,
                    connection_id: id,
                });
            }
        }
    }
    Err(NegotiateError::TooManyRedirects.into())
}

/// What a negotiate response says to do next.
enum Step {
    Redirect {
        url: String,
        token: Option<String>,
    },
    Connect {
        id: ConnectionId,
        token: ConnectionToken,
    },
}

/// One negotiate request. Cookies of the answer are added to `headers`: load
/// balancers recognise by them to which server the connection belongs.
async fn request(
    shared: &Shared,
    url: &Url,
    headers: &mut HeaderMap,
) -> Result<Step, NegotiateError> {
    let response = shared
        .http
        .post(negotiate_url(url))
        .headers(headers.clone())
        .send()
        .await
        .map_err(http_error)?;
    if response.status() != StatusCode::OK {
        return Err(NegotiateError::Status(response.status()));
    }
    if let Some(cookies) = cookies(response.headers()) {
        headers.insert(COOKIE, cookies);
    }
    let body = body(response).await?;
    let answer = NegotiateResponse::parse(&body).map_err(refusal)?;
    next_step(answer, shared)
}

fn next_step(answer: NegotiateResponse, shared: &Shared) -> Result<Step, NegotiateError> {
    match answer {
        NegotiateResponse::Redirect { url, access_token } => Ok(Step::Redirect {
            url,
            token: access_token,
        }),
        NegotiateResponse::Accepted(accepted) => {
            let format = shared.options.protocol.transfer_format();
            check_transports(&accepted.transports, format)?;
            Ok(Step::Connect {
                id: accepted.connection_id,
                token: accepted.connection_token,
            })
        }
        _ => Err(NegotiateError::InvalidResponse(
            "The negotiate response is of an unknown kind.".into(),
        )),
    }
}

/// What a body says that is no good response.
fn refusal(error: negotiate::NegotiateError) -> NegotiateError {
    match error {
        negotiate::NegotiateError::Refused(text) => NegotiateError::Server(ServerError::new(text)),
        other => NegotiateError::InvalidResponse(other.to_string()),
    }
}

/// Whether one of the offered transports can be used: WebSockets that carry
/// `format`.
fn check_transports(
    offered: &[AvailableTransport],
    format: TransferFormat,
) -> Result<(), NegotiateError> {
    let mut reasons = Vec::new();
    for offer in offered {
        let reason = match offer.kind() {
            Some(TransportKind::WebSockets) if offer.carries(format) => return Ok(()),
            Some(TransportKind::WebSockets) => {
                format!("The transport does not support the '{format:?}' transfer format.")
            }
            _ => "The transport is not supported by the client.".to_owned(),
        };
        reasons.push(format!("{} failed: {reason}", offer.transport));
    }
    Err(NegotiateError::NoTransport {
        reasons: reasons.join(" "),
    })
}

/// The response's body, which may not be longer than any response needs to be.
async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, NegotiateError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(http_error)? {
        if body.len() + chunk.len() > MAX_RESPONSE_SIZE {
            return Err(NegotiateError::InvalidResponse(
                "The negotiate response is too long.".into(),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Without the URL, which may hold secrets of the application.
fn http_error(error: reqwest::Error) -> NegotiateError {
    NegotiateError::Http(error.without_url().into())
}

/// Asks the application for a token.
async fn fresh_token(shared: &Shared) -> Result<Option<String>, ConnectError> {
    let Some(provider) = &shared.options.access_token else {
        return Ok(None);
    };
    let ask = async { provider().await };
    let token = AssertUnwindSafe(ask)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err("the access token provider panicked".into()))
        .map_err(ConnectError::AccessToken)?;
    Ok((!token.is_empty()).then_some(token))
}

/// The headers of every request, with the token if there is one.
fn headers(shared: &Shared, token: Option<&str>) -> Result<HeaderMap, ConnectError> {
    let mut headers = shared.options.headers.clone();
    if let Some(token) = token {
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|error| ConnectError::AccessToken(error.into()))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}

/// The cookies that an answer sets, as a request sends them back.
fn cookies(answer: &HeaderMap) -> Option<HeaderValue> {
    let pairs: Vec<_> = answer
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .map(str::trim)
        .collect();
    if pairs.is_empty() {
        return None;
    }
    HeaderValue::try_from(pairs.join("; ")).ok()
}

/// Where to negotiate for the hub at `url`.
fn negotiate_url(url: &Url) -> Url {
    let mut url = url.clone();
    let scheme = match url.scheme() {
        "https" | "wss" => "https",
        _ => "http",
    };
    // All four are schemes of the same kind, between which a URL may change.
    let _ = url.set_scheme(scheme);
    let path = url.path();
    let slash = if path.ends_with('/') { "" } else { "/" };
    url.set_path(&format!("{path}{slash}negotiate"));
    if !url.query_pairs().any(|(key, _)| key == "negotiateVersion") {
        add_query(&mut url, "negotiateVersion=1");
    }
    url
}

/// Adds a parameter that needs no escaping, leaving the others as they are.
fn add_query(url: &mut Url, parameter: &str) {
    let query = match url.query() {
        None | Some("") => parameter.to_owned(),
        Some(query) => format!("{query}&{parameter}"),
    };
    url.set_query(Some(&query));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_negotiate_url_keeps_the_query() {
        for (hub, negotiate) in [
            ("http://a/hub", "http://a/hub/negotiate?negotiateVersion=1"),
            ("http://a/hub/", "http://a/hub/negotiate?negotiateVersion=1"),
            (
                "ws://a/?b=%20c",
                "http://a/negotiate?b=%20c&negotiateVersion=1",
            ),
            (
                "http://a/hub?negotiateVersion=0",
                "http://a/hub/negotiate?negotiateVersion=0",
            ),
        ] {
            let url = Url::parse(hub).unwrap();
            assert_eq!(negotiate_url(&url).as_str(), negotiate);
        }
    }

    #[test]
    fn cookies_are_sent_back_without_their_attributes() {
        let mut answer = HeaderMap::new();
        answer.append(SET_COOKIE, "a=b; Path=/; HttpOnly".parse().unwrap());
        answer.append(SET_COOKIE, "c=d".parse().unwrap());
        assert_eq!(cookies(&answer).unwrap(), "a=b; c=d");
        assert_eq!(cookies(&HeaderMap::new()), None);
    }
}
