//! What belongs to a connection at the level of the hub. It outlives any one
//! transport connection.

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use hub_core::ConnectionId;
use hub_core::negotiate::TransportKind;
use hub_core::serialized::EncodedMessage;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::outbox::{Item, Outbox, Push};
use crate::dispatch::CallId;
use crate::panics::{contain, drop_contained};
use crate::shutdown::Leave;
use crate::{DisconnectReason, Principal, UserId};

/// Names a session within the process; cheaper to compare than its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(u64);

impl SessionKey {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// One client's connection to a hub: who it is, what is queued for it, and
/// where it is a member.
pub(crate) struct Session {
    key: SessionKey,
    id: ConnectionId,
    user_id: Option<UserId>,
    principal: Mutex<Option<Arc<Principal>>>,
    transport: TransportKind,
    request: Box<http::request::Parts>,
    data: Box<dyn Any + Send + Sync>,
    protocol: OnceLock<usize>,
    outbox: Outbox,
    /// `None` once the connection has ended and may join nothing more.
    groups: Mutex<Option<HashSet<Arc<str>>>>,
    aborted: OnceLock<CancellationToken>,
    /// Set when the connected hook has succeeded.
    connected: AtomicBool,
}

/// What a session is made of.
pub(crate) struct NewSession {
    pub(crate) id: ConnectionId,
    pub(crate) transport: TransportKind,
    pub(crate) request: http::request::Parts,
    pub(crate) data: Box<dyn Any + Send + Sync>,
    pub(crate) queue_limit: usize,
}

impl Session {
    pub(crate) fn new(new: NewSession) -> Arc<Self> {
        let principal = new
            .request
            .extensions
            .get::<Principal>()
            .cloned()
            .map(Arc::new);
        Arc::new(Self {
            key: SessionKey::next(),
            id: new.id,
            user_id: principal.as_ref().map(|user| user.id().clone()),
            principal: Mutex::new(principal),
            transport: new.transport,
            request: Box::new(new.request),
            data: new.data,
            protocol: OnceLock::new(),
            outbox: Outbox::new(new.queue_limit),
            groups: Mutex::new(Some(HashSet::new())),
            aborted: OnceLock::new(),
            connected: AtomicBool::new(false),
        })
    }

    pub(crate) fn key(&self) -> SessionKey {
        self.key
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    pub(crate) fn user_id(&self) -> Option<&UserId> {
        self.user_id.as_ref()
    }

    pub(crate) fn principal(&self) -> Option<Arc<Principal>> {
        self.principal.lock().clone()
    }

    /// Until when the user's authentication holds, if that is known.
    pub(crate) fn expires_at(&self) -> Option<SystemTime> {
        self.principal.lock().as_ref()?.expires_at()
    }

    /// Notes with what rights the same user came back.
    pub(crate) fn renew_principal(&self, principal: Principal) {
        *self.principal.lock() = Some(Arc::new(principal));
    }

    pub(crate) fn transport(&self) -> TransportKind {
        self.transport
    }

    pub(crate) fn request(&self) -> &http::request::Parts {
        &self.request
    }

    /// # Panics
    /// When `T` is not the data type of the hub that made the session; the typed
    /// callers of this never ask for another.
    pub(crate) fn data<T: 'static>(&self) -> &T {
        self.data
            .downcast_ref()
            .expect("the session was made by the same hub")
    }

    /// The position of the agreed protocol among the hub's; `None` before the
    /// handshake.
    pub(crate) fn protocol(&self) -> Option<usize> {
        self.protocol.get().copied()
    }

    pub(crate) fn agree_on_protocol(&self, index: usize) {
        // Only the first handshake of a session counts, and there is only one.
        let _ = self.protocol.set(index);
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub(crate) fn push(&self, message: EncodedMessage) -> Push {
        self.outbox.push(message)
    }

    /// The same, but what does not fit is dropped, and the queue called full.
    pub(crate) fn push_if_room(&self, message: EncodedMessage) -> Push {
        self.outbox.push_if_room(message)
    }

    /// Ready when the client's queue is no longer full, or the client is gone.
    pub(crate) async fn room(&self) {
        poll_fn(|context| self.outbox.poll_room(context)).await;
    }

    pub(crate) fn release_slot(&self, call: CallId) {
        // A connection that has ended has no slots.
        let _ = self.outbox.notify(Item::ReleaseSlot(call));
    }

    pub(crate) fn abort(&self) {
        self.outbox.end(DisconnectReason::Aborted);
    }

    pub(crate) fn close_slow_receiver(&self) {
        self.outbox.end(DisconnectReason::SlowReceiver);
    }

    pub(crate) fn mark_connected(&self) {
        self.connected.store(true, Ordering::Release);
    }

    pub(crate) fn has_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    /// Fires when the connection has ended.
    pub(crate) fn aborted(&self) -> CancellationToken {
        self.aborted.get_or_init(CancellationToken::new).clone()
    }

    /// Called once, when the connection has ended. Both wake the application's
    /// tasks, and wakers of its own making may panic.
    pub(crate) fn mark_aborted(&self) {
        contain(|| self.outbox.close());
        contain(|| self.aborted.get_or_init(CancellationToken::new).cancel());
    }

    /// Notes a membership; false when it is known or the connection has ended.
    pub(crate) fn enter_group(&self, name: &Arc<str>) -> bool {
        let mut groups = self.groups.lock();
        groups
            .as_mut()
            .is_some_and(|groups| groups.insert(name.clone()))
    }

    /// Strikes a membership; false when there is none.
    pub(crate) fn exit_group(&self, name: &str) -> bool {
        let mut groups = self.groups.lock();
        groups.as_mut().is_some_and(|groups| groups.remove(name))
    }

    /// Ends all memberships for good and returns them.
    pub(crate) fn close_groups(&self) -> HashSet<Arc<str>> {
        self.groups.lock().take().unwrap_or_default()
    }

    pub(crate) fn has_left_groups(&self) -> bool {
        self.groups.lock().is_none()
    }

    #[cfg(test)]
    pub(crate) fn for_tests(id: &str) -> Arc<Self> {
        let (request, ()) = http::Request::new(()).into_parts();
        Self::new(NewSession {
            id: id.into(),
            transport: TransportKind::WebSockets,
            request,
            data: Box::new(()),
            queue_limit: 1024,
        })
    }
}

/// The connection's data and what layers left in its request are the
/// application's. Whoever holds the session last may be in the middle of
/// somebody else's broadcast.
impl Drop for Session {
    fn drop(&mut self) {
        drop_contained(mem::replace(&mut self.data, Box::new(())));
        drop_contained(mem::take(&mut self.request.extensions));
    }
}

impl Leave for Session {
    fn leave(&self) {
        self.outbox.leave();
    }

    fn leave_now(&self) {
        self.outbox.end(DisconnectReason::Shutdown);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
