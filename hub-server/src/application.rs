//! What runs on the connections of a mount: a hub, or a handler of raw
//! connections.

use std::sync::Arc;

use futures_util::future::Either;
use hub_core::ConnectionId;
use hub_core::negotiate::TransportKind;

use crate::HubOptions;
use crate::connection::{ConnectionTask, NewSession, Session, TransportSlot};
use crate::dispatch::Dispatch;
use crate::raw::{NewRawConnection, RawEndpoint};
use crate::shutdown::Leave;
use crate::transport::Transport;

#[derive(Clone)]
pub(crate) enum Application {
    Hub(Arc<dyn Dispatch>),
    Raw(Arc<RawEndpoint>),
}

impl Application {
    pub(crate) fn options(&self) -> &HubOptions {
        match self {
            Self::Hub(dispatch) => &dispatch.core().options,
            Self::Raw(endpoint) => &endpoint.options.shared,
        }
    }

    /// A connection whose transport `request` opens; `None` when the application
    /// panics over it.
    pub(crate) fn connection(
        &self,
        id: ConnectionId,
        transport: TransportKind,
        request: http::request::Parts,
    ) -> Option<NewConnection> {
        Some(match self {
            Self::Hub(dispatch) => {
                let session = Session::new(NewSession {
                    id,
                    transport,
                    request,
                    data: dispatch.new_data()?,
                    queue_limit: dispatch.core().options.maximum_queued_bytes,
                });
                NewConnection::Hub(dispatch.clone(), session)
            }
            Self::Raw(endpoint) => {
                let new = NewRawConnection::new(endpoint.clone(), id, transport, request);
                NewConnection::Raw(Box::new(new))
            }
        })
    }
}

/// A connection whose transport is about to open.
pub(crate) enum NewConnection {
    Hub(Arc<dyn Dispatch>, Arc<Session>),
    Raw(Box<NewRawConnection>),
}

impl NewConnection {
    /// What the shutdown of the server has to do with.
    pub(crate) fn member(&self) -> Arc<dyn Leave> {
        match self {
            Self::Hub(_, session) => session.clone(),
            Self::Raw(new) => new.pipe().clone(),
        }
    }

    /// Runs it to its end. In `slot` further transports may be handed over.
    pub(crate) fn run<T: Transport>(
        self,
        transport: T,
        slot: Option<Arc<TransportSlot<T>>>,
    ) -> impl Future<Output = ()> + Send {
        match self {
            Self::Hub(dispatch, session) => {
                let mut task = ConnectionTask::new(dispatch, session, transport);
                if let Some(slot) = slot {
                    task = task.resumable(slot);
                }
                Either::Left(task.run())
            }
            // Boxed, so that it costs the connections of hubs nothing.
            Self::Raw(new) => Either::Right(Box::pin(new.run(transport))),
        }
    }
}
