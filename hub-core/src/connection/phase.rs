//! The phases of a connection: each owns what is needed then, and how one
//! leads to the next.

use std::sync::Arc;

use super::event::{CloseReason, with_detail};
use crate::handshake::{HandshakeRequest, HandshakeResponse};
use crate::protocol::HubProtocol;
use crate::{DecodeError, TransferFormat};

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not yet agreed on a protocol.
    Handshake,
    /// Messages flow.
    Open,
    /// Over; nothing is read any more.
    Closed,
}

/// A phase with what it needs.
#[derive(Debug)]
pub(super) enum Stage {
    /// A server waits for the request.
    AwaitingRequest(Offer),
    /// A client waits for the response.
    AwaitingResponse(Agreement),
    /// Messages flow.
    Open(Agreement),
    /// Over. What was agreed on still says how last words are sent.
    Closed(Option<Agreement>),
}

/// What a server has to offer.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) protocols: Arc<[Arc<dyn HubProtocol>]>,
    /// What the transport carries.
    pub(super) formats: &'static [TransferFormat],
}

/// What both sides agreed on.
#[derive(Clone, Debug)]
pub(super) struct Agreement {
    pub(super) protocol: Arc<dyn HubProtocol>,
    /// The protocol's position in the server's offer.
    pub(super) index: usize,
}

/// A request that a server accepts.
pub(super) struct Accepted {
    pub(super) agreement: Agreement,
    /// The protocol version that the client asked for.
    pub(super) version: i32,
}

impl Stage {
    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::AwaitingRequest(_) | Self::AwaitingResponse(_) => Phase::Handshake,
            Self::Open(_) => Phase::Open,
            Self::Closed(_) => Phase::Closed,
        }
    }

    /// What this side is bound to send with: nothing on a server that has not
    /// accepted a request.
    pub(super) fn agreement(&self) -> Option<&Agreement> {
        match self {
            Self::AwaitingRequest(_) => None,
            Self::AwaitingResponse(agreement) | Self::Open(agreement) => Some(agreement),
            Self::Closed(agreement) => agreement.as_ref(),
        }
    }
}

impl Offer {
    /// Accepts a handshake request, or says what to answer instead.
    pub(super) fn accept(&self, record: &[u8], detailed: bool) -> Result<Accepted, String> {
        let request =
            HandshakeRequest::parse(record).map_err(|error| malformed(&error, detailed))?;
        let name = &*request.protocol;
        let (index, protocol) = self
            .protocols
            .iter()
            .enumerate()
            .find(|(_, protocol)| protocol.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("The protocol '{name}' is not supported."))?;
        if request.version > protocol.version() {
            return Err(format!(
                "The server does not support version {} of the '{name}' protocol.",
                request.version
            ));
        }
        if !self.formats.contains(&protocol.transfer_format()) {
            return Err(format!(
                "Cannot use the '{}' protocol on the current transport. The transport does not \
                 support '{:?}' transfer format.",
                protocol.name(),
                protocol.transfer_format()
            ));
        }
        Ok(Accepted {
            agreement: Agreement {
                protocol: Arc::clone(protocol),
                index,
            },
            version: request.version,
        })
    }
}

fn malformed(error: &DecodeError, detailed: bool) -> String {
    with_detail(
        "An unexpected error occurred during connection handshake.",
        detailed,
        error.kind(),
        &error.to_string(),
    )
    .into_owned()
}

/// What a server says when it stops waiting for the request.
pub(super) const HANDSHAKE_CANCELED: &str = "Handshake was canceled.";

/// Reads the server's response to a client's request.
pub(super) fn check_response(record: &[u8]) -> Result<(), CloseReason> {
    match HandshakeResponse::parse(record) {
        Ok(HandshakeResponse { error: None }) => Ok(()),
        Ok(HandshakeResponse { error: Some(error) }) => Err(CloseReason::HandshakeRefused(error)),
        Err(error) => Err(CloseReason::HandshakeFailed(error.to_string())),
    }
}
