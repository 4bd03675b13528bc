//! The connection that called, as hub code sees it.

use std::fmt;
use std::sync::Arc;

use hub_core::ConnectionId;
use tokio_util::sync::CancellationToken;

use crate::clients::{Asker, HubCallerClients};
use crate::connection::Session;
use crate::dispatch::HubRuntime;
use crate::groups::CallerGroups;
use crate::{Hub, HubContext, Principal, TransportKind, UserId};

/// The connection that a method was called on: who it is, what belongs to it,
/// and through it everyone else.
///
/// A cheap clone that may be kept and used after the call has ended.
pub struct HubCaller<H: Hub> {
    pub(crate) runtime: Arc<HubRuntime<H>>,
    pub(crate) session: Arc<Session>,
    pub(crate) asker: Asker,
}

impl<H: Hub> HubCaller<H> {
    /// The connection's public id.
    #[must_use]
    pub fn connection_id(&self) -> &ConnectionId {
        self.session.id()
    }

    /// The user that the connection speaks for.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        self.session.user_id()
    }

    /// The user's name, or `anonymous`.
    #[must_use]
    pub fn user_or_anonymous(&self) -> String {
        self.user_id()
            .map_or_else(|| "anonymous".to_owned(), ToString::to_string)
    }

    /// The authenticated user, as the application's authentication layer left
    /// it in the request.
    #[must_use]
    pub fn principal(&self) -> Option<Arc<Principal>> {
        self.session.principal()
    }

    /// The request that opened the transport: the upgrade request, the event
    /// stream's GET or the first poll. Headers, query and extensions are there;
    /// the secret connection token is not.
    #[must_use]
    pub fn request(&self) -> &http::request::Parts {
        self.session.request()
    }

    /// What carries the connection; [`TransportKind::name`] is its name on the
    /// wire.
    #[must_use]
    pub fn transport(&self) -> TransportKind {
        self.session.transport()
    }

    /// The data of this connection.
    #[must_use]
    pub fn data(&self) -> &H::Data {
        self.session.data()
    }

    /// The hub.
    #[must_use]
    pub fn hub(&self) -> &H {
        self.runtime.hub()
    }

    /// Everyone this hub can send to.
    #[must_use]
    pub fn clients(&self) -> HubCallerClients<'_, H> {
        HubCallerClients::new(self)
    }

    /// Puts this connection into groups and takes it out.
    #[must_use]
    pub fn groups(&self) -> CallerGroups<'_> {
        CallerGroups::new(self.runtime.core(), &self.session)
    }

    /// The same hub from outside of this connection.
    #[must_use]
    pub fn context(&self) -> HubContext<H> {
        self.runtime.context()
    }

    /// Ends the connection now. What was sent before still goes out; the answer
    /// of the running method does not.
    pub fn abort(&self) {
        self.session.abort();
    }

    /// Fires when the connection has ended. Cancelling it cancels nothing else.
    #[must_use]
    pub fn aborted(&self) -> CancellationToken {
        self.session.aborted().child_token()
    }
}

impl<H: Hub> Clone for HubCaller<H> {
    fn clone(&self) -> Self {
        Self {
            runtime: self.runtime.clone(),
            session: self.session.clone(),
            asker: self.asker.clone(),
        }
    }
}

impl<H: Hub> fmt::Debug for HubCaller<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubCaller")
            .field("connection_id", self.connection_id())
            .field("user_id", &self.user_id())
            .finish_non_exhaustive()
    }
}
