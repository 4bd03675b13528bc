//! `POST path/negotiate`: a connection id, a secret token, and what the server
//! can do.

use axum::extract::Request;
use axum::response::Response;
use http::Method;
use hub_core::negotiate::{NegotiateAnswer, NegotiateRequest, TransportKind};

use super::connections::Terms;
use super::{query, respond};
use crate::Principal;
use crate::mount::Mount;

/// Answers a negotiation. Refusals that clients read are 200 with an `error`.
pub(crate) fn negotiate(mount: &Mount, request: &Request) -> Response {
    if let Err(denied) = mount.authorize(request.headers(), request.extensions()) {
        return respond::denied(denied);
    }
    if request.method() != Method::POST {
        return respond::method_not_allowed();
    }
    if mount.is_leaving() {
        return respond::unavailable();
    }
    let options = mount.options();
    let minimum = options.minimum_negotiate_version;
    let version = query::value(request.uri().query(), "negotiateVersion");
    let reconnect = query::value(request.uri().query(), "useStatefulReconnect");
    let asked = NegotiateRequest::parse(version.as_deref(), reconnect.as_deref(), minimum);
    let asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => return respond::json(refusal.to_json()),
    };
    let user = request.extensions().get::<Principal>();
    let user_id = user.map(|user| user.id().clone());
    let offers_websockets = mount.offers(TransportKind::WebSockets);
    let terms = Terms {
        distinct_token: asked.version >= 1,
        stateful_reconnect: asked.stateful_reconnect
            && options.allow_stateful_reconnects
            && offers_websockets,
    };
    let Some((id, token)) = mount.connections.negotiate(user_id, &terms) else {
        return respond::unavailable();
    };
    let transports = TransportKind::ALL
        .iter()
        .copied()
        .filter(|kind| mount.offers(*kind));
    let answer = NegotiateAnswer::new(asked.version, &id, &token, transports)
        .with_stateful_reconnect(terms.stateful_reconnect);
    respond::json(answer.to_json())
}
