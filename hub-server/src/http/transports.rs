//! Requests on the hub's own path: the ones that open transports, and the ones
//! that belong to them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, StatusCode};
use hub_core::ConnectionId;
use hub_core::negotiate::TransportKind;

use super::connections::{Active, AttachError, Attachment, Entered};
use super::websockets::open_websocket;
use super::{kept_request, query, respond};
use crate::application::NewConnection;
use crate::mount::Mount;
use crate::transport::{
    Inbox, LongPollingTransport, PollAnswer, Polls, PostBody, PostError, PostLimits,
    ServerSentEventsTransport, Transport,
};
use crate::websocket::request::UpgradeRequest;
use crate::{Principal, Shutdown};

/// Answers a request on the hub's path.
pub(crate) async fn serve_transport(mount: &Mount, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(denied) = mount.authorize(&parts.headers, &parts.extensions) {
        return respond::denied(denied);
    }
    // An event stream is asked for by GET alone; the test comes first, as in the
    // reference.
    if parts.method == Method::GET && accepts_events(&parts) {
        return open_event_stream(mount, &parts);
    }
    if let Ok(upgrade) = UpgradeRequest::detect(&mut parts) {
        return open_websocket(mount, &parts, upgrade);
    }
    match parts.method {
        Method::GET | Method::CONNECT => poll(mount, parts).await,
        Method::POST => post(mount, &parts, body).await,
        Method::DELETE => delete(mount, &parts),
        _ => respond::method_not_allowed(),
    }
}

fn accepts_events(parts: &Parts) -> bool {
    let values = parts.headers.get_all(ACCEPT);
    let mut types = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','));
    types.any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

fn open_event_stream(mount: &Mount, parts: &Parts) -> Response {
    let token = connection_token(parts);
    let (entered, attachment) = match attach(mount, parts, token, Active::ServerSentEvents) {
        Ok(attached) => attached,
        Err(refusal) => return refusal,
    };
    let (transport, body) = ServerSentEventsTransport::open(entered.inbox);
    let opened = new_connection(mount, entered.id, parts, TransportKind::ServerSentEvents);
    let connection = match opened {
        Ok(connection) => connection,
        Err(failure) => return failure,
    };
    run(mount, connection, transport, attachment);
    respond::event_stream(Body::new(body))
}

async fn poll(mount: &Mount, parts: Parts) -> Response {
    let mut response = answer_poll(mount, parts).await;
    respond::forbid_caching(response.headers_mut());
    response
}

async fn answer_poll(mount: &Mount, parts: Parts) -> Response {
    let entered = match find(mount, &parts) {
        Ok(entered) => entered,
        Err(refusal) => return refusal,
    };
    let Some(Active::LongPolling(polls)) = entered.active else {
        return first_poll(mount, &parts);
    };
    let limit = mount.options().poll_timeout;
    match polls.poll(limit).await {
        PollAnswer::Data(data) => respond::octets(data),
        PollAnswer::Nothing => respond::text(StatusCode::OK, ""),
        PollAnswer::Over => respond::text(StatusCode::NO_CONTENT, ""),
        PollAnswer::Gone => refuse(AttachError::Unknown),
    }
}

/// The first poll opens the connection and is answered at once.
fn first_poll(mount: &Mount, parts: &Parts) -> Response {
    let polls = Polls::new();
    let token = connection_token(parts);
    match attach(mount, parts, token, Active::LongPolling(polls.clone())) {
        Ok((entered, attachment)) => {
            match open_long_polling(mount, entered, parts, polls, attachment) {
                Ok(()) => respond::octets(Bytes::new()),
                Err(failure) => failure,
            }
        }
        Err(refusal) => refusal,
    }
}

#[allow(clippy::result_large_err)] // on its way out
fn open_long_polling(
    mount: &Mount,
    entered: Entered,
    parts: &Parts,
    polls: Arc<Polls>,
    attachment: Attachment,
) -> Result<(), Response> {
    let limit = mount.options().disconnect_timeout;
    let transport = LongPollingTransport::new(entered.inbox, polls, limit);
    let connection = new_connection(mount, entered.id, parts, TransportKind::LongPolling)?;
    run(mount, connection, transport, attachment);
    Ok(())
}

async fn post(mount: &Mount, parts: &Parts, body: Body) -> Response {
    let options = mount.options();
    let limits = PostLimits {
        maximum_size: options.maximum_post_size,
        stall_timeout: options.post_stall_timeout,
    };
    let mut body = PostBody::new(body, limits);
    match take_post(mount, parts, &mut body).await {
        Ok(()) => respond::text(StatusCode::OK, ""),
        Err(refusal) => {
            body.discard();
            refusal
        }
    }
}

#[allow(clippy::result_large_err)] // it is on its way out
async fn take_post(mount: &Mount, parts: &Parts, body: &mut PostBody) -> Result<(), Response> {
    let entered = find(mount, parts)?;
    if matches!(entered.active, Some(Active::WebSockets)) {
        return Err(respond::text(
            StatusCode::METHOD_NOT_ALLOWED,
            "POST requests are not allowed for WebSocket connections.",
        ));
    }
    let failed = |error| respond::failed_post(error, parts.version);
    if body.is_too_long() {
        return Err(failed(PostError::TooLong));
    }
    let posted = entered.inbox.post(body);
    match mount.shutdown() {
        Some(shutdown) if entered.active.is_none() => tokio::select! {
            posted = posted => posted.map_err(failed),
            () = is_in_vain(shutdown, &entered.inbox) => Err(respond::unavailable()),
        },
        _ => posted.await.map_err(failed),
    }
}

/// Ready when the server stops before there is a transport, for then there will
/// be none.
async fn is_in_vain(shutdown: &Shutdown, inbox: &Inbox) {
    shutdown.begun().await;
    if inbox.is_attached() {
        std::future::pending::<()>().await;
    }
}

fn delete(mount: &Mount, parts: &Parts) -> Response {
    match find(mount, parts).map(|entered| (entered.active, entered.inbox)) {
        Ok((Some(Active::LongPolling(polls)), inbox)) => {
            inbox.end();
            polls.end_now();
            respond::text(StatusCode::ACCEPTED, "")
        }
        Ok(_) => respond::text(
            StatusCode::BAD_REQUEST,
            "Cannot terminate this connection using the DELETE endpoint.",
        ),
        Err(refusal) => refusal,
    }
}

fn run<T: Transport>(
    mount: &Mount,
    connection: NewConnection,
    transport: T,
    attachment: Attachment,
) {
    mount.spawn(connection.member(), async move {
        connection.run(transport, None).await;
        drop(attachment);
    });
}

/// A connection that `parts` open, or the answer to a request that gets none.
#[allow(clippy::result_large_err)] // on its way out
pub(super) fn new_connection(
    mount: &Mount,
    id: ConnectionId,
    parts: &Parts,
    transport: TransportKind,
) -> Result<NewConnection, Response> {
    if kept_request::size(parts) > mount.options().maximum_request_head_size {
        return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
    }
    let request = kept_request::of(parts);
    let connection = mount.application.connection(id, transport, request);
    connection.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The secret that names the connection; an empty one is none.
pub(super) fn connection_token(parts: &Parts) -> Option<String> {
    query::value(parts.uri.query(), "id").filter(|id| !id.is_empty())
}

/// The connection that a request belongs to, or the refusal.
#[allow(clippy::result_large_err)] // both are on their way out
pub(super) fn find(mount: &Mount, parts: &Parts) -> Result<Entered, Response> {
    let token = connection_token(parts).ok_or_else(token_required)?;
    let user = parts.extensions.get::<Principal>().map(Principal::id);
    mount.connections.find(&token, user).map_err(refuse)
}

/// Binds the connection that a request names to a transport, or refuses.
#[allow(clippy::result_large_err)] // both are on their way out
pub(super) fn attach(
    mount: &Mount,
    parts: &Parts,
    token: Option<String>,
    active: Active,
) -> Result<(Entered, Attachment), Response> {
    let token = token.ok_or_else(token_required)?;
    let user = parts.extensions.get::<Principal>().map(Principal::id);
    let kind = active.kind();
    mount.connections.find(&token, user).map_err(refuse)?;
    if !mount.offers(kind) {
        return Err(refuse_transport(kind));
    }
    if mount.is_leaving() {
        return Err(respond::unavailable());
    }
    mount
        .connections
        .attach(&token, user, active)
        .map_err(refuse)
}

/// An upgrade with an unknown id is the one refusal without a content type, as
/// by the reference.
pub(super) fn untyped_if_unknown(mut refusal: Response) -> Response {
    if refusal.status() == StatusCode::NOT_FOUND {
        refusal.headers_mut().remove(CONTENT_TYPE);
    }
    refusal
}

fn token_required() -> Response {
    respond::text(StatusCode::BAD_REQUEST, "Connection ID required")
}

pub(super) fn refuse_transport(kind: TransportKind) -> Response {
    let name = kind.name();
    respond::owned_text(
        StatusCode::NOT_FOUND,
        format!("{name} transport not supported by this end point type"),
    )
}

pub(super) fn refuse(error: AttachError) -> Response {
    match error {
        AttachError::Unknown => respond::text(StatusCode::NOT_FOUND, "No Connection with that ID"),
        AttachError::OtherUser => respond::text(
            StatusCode::FORBIDDEN,
            "The user associated with this connection changed.",
        ),
        AttachError::OtherTransport => respond::text(
            StatusCode::BAD_REQUEST,
            "Cannot change transports mid-connection",
        ),
        AttachError::AlreadyActive => respond::text(StatusCode::CONFLICT, ""),
    }
}
