//! `POST path/negotiate`: a connection id, a secret token, and what the server
//! can do.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{Method, StatusCode};
use hub_core::negotiate::{NegotiateAnswer, NegotiateRequest, TransportKind};

use super::{query, respond};
use crate::Principal;
use crate::mount::Mount;

/// Answers a negotiation. Refusals that clients read are 200 with an `error`.
pub(crate) fn negotiate(mount: &Mount, request: &Request) -> Response {
    if request.method() != Method::POST {
        return respond::method_not_allowed();
    }
    let minimum = mount.dispatch.core().options.minimum_negotiate_version;
    let version = query::value(request.uri().query(), "negotiateVersion");
    let reconnect = query::value(request.uri().query(), "useStatefulReconnect");
    let asked = NegotiateRequest::parse(version.as_deref(), reconnect.as_deref(), minimum);
    let version = match asked {
        Ok(asked) => asked.version,
        Err(refusal) => return respond::json(refusal.to_json()),
    };
    let user = request
        .extensions()
        .get::<Principal>()
        .map(|user| user.id().clone());
    let Some((id, token)) = mount.connections.negotiate(user, version >= 1) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response();
    };
    let offered = &mount.dispatch.core().options.transports;
    let transports = TransportKind::ALL
        .into_iter()
        .filter(|kind| offered.contains(kind));
    respond::json(NegotiateAnswer::new(version, &id, &token, transports).to_json())
}
