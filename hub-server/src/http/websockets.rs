//! Requests that open a WebSocket: for a new connection, or for one that lost
//! the WebSocket it had.

use std::sync::Arc;

use axum::response::Response;
use http::header::{HeaderMap, HeaderValue};
use http::request::Parts;
use hub_core::negotiate::TransportKind;

use super::connections::{Active, AttachError, Attachment, Entered, WebSocketSlot};
use super::respond;
use super::transports::{
    attach, connection_token, find, new_connection, refuse, refuse_transport, untyped_if_unknown,
};
use crate::application::NewConnection;
use crate::connection::{Replacement, SlotPhase};
use crate::mount::Mount;
use crate::transport::WebSocketTransport;
use crate::websocket::UpgradedIo;
use crate::websocket::request::{PendingUpgrade, UpgradeRequest, offered_subprotocols};
use crate::{HubOptions, Principal, random};

pub(super) fn open_websocket(mount: &Mount, parts: &Parts, upgrade: UpgradeRequest) -> Response {
    let kind = TransportKind::WebSockets;
    let options = mount.options();
    let Some(token) = connection_token(parts) else {
        // A client that skips negotiation.
        if !mount.offers(kind) {
            return refuse_transport(kind);
        }
        if mount.is_leaving() {
            return respond::unavailable();
        }
        let connection = match new_connection(mount, random::connection_id(), parts, kind) {
            Ok(connection) => connection,
            Err(failure) => return failure,
        };
        let (response, pending) = upgrade.accept(subprotocol(&parts.headers, options), None);
        open(mount, connection, pending, Origin::default());
        return response;
    };
    match find(mount, parts) {
        Ok(Entered {
            active: Some(Active::WebSockets),
            slot: Some(slot),
            ..
        }) => return replace_websocket(options, parts, upgrade, slot),
        Ok(_) => {}
        Err(refusal) => return untyped_if_unknown(refusal),
    }
    let (entered, attachment) = match attach(mount, parts, Some(token), Active::WebSockets) {
        Ok(attached) => attached,
        Err(refusal) => return refusal,
    };
    let connection = match new_connection(mount, entered.id, parts, kind) {
        Ok(connection) => connection,
        Err(failure) => return failure,
    };
    // Whatever was posted to it came too early, and is still coming perhaps.
    entered.inbox.close();
    let (response, pending) = upgrade.accept(subprotocol(&parts.headers, options), None);
    let origin = Origin {
        attachment: Some(attachment),
        slot: entered.slot,
    };
    open(mount, connection, pending, origin);
    response
}

/// Hands a new WebSocket to a connection that has one already, or had.
fn replace_websocket(
    options: &HubOptions,
    parts: &Parts,
    upgrade: UpgradeRequest,
    slot: Arc<WebSocketSlot>,
) -> Response {
    match slot.phase() {
        SlotPhase::Bound => return refuse(AttachError::AlreadyActive),
        SlotPhase::Ended => return refuse(AttachError::Unknown),
        SlotPhase::Resumable => {}
    }
    let (response, pending) = upgrade.accept(subprotocol(&parts.headers, options), None);
    let principal = parts.extensions.get::<Principal>().cloned();
    tokio::spawn(async move {
        if let Some(transport) = complete(pending).await {
            slot.offer(Replacement {
                transport,
                principal,
            });
        }
    });
    response
}

fn subprotocol(headers: &HeaderMap, options: &HubOptions) -> Option<HeaderValue> {
    offered_subprotocols(headers)
        .find(|offered| {
            let mut known = options.websocket_subprotocols.iter();
            known.any(|known| known == offered)
        })
        .and_then(|chosen| HeaderValue::from_str(chosen).ok())
}

/// What a negotiated connection has beside one that skipped negotiation.
#[derive(Default)]
struct Origin {
    attachment: Option<Attachment>,
    slot: Option<Arc<WebSocketSlot>>,
}

fn open(mount: &Mount, connection: NewConnection, pending: PendingUpgrade, origin: Origin) {
    mount.spawn(connection.member(), async move {
        if let Some(transport) = complete(pending).await {
            connection.run(transport, origin.slot).await;
        }
        // The token stays taken until the connection has ended.
        drop(origin.attachment);
    });
}

async fn complete(pending: PendingUpgrade) -> Option<WebSocketTransport<UpgradedIo>> {
    match pending.complete().await {
        Ok(io) => Some(WebSocketTransport::new(io)),
        Err(error) => {
            tracing::debug!(%error, "the upgrade to a WebSocket failed");
            None
        }
    }
}
