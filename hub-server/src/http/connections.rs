//! The connections of one mount by their secret token: negotiated ones that
//! wait for a transport, and active ones.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use hub_core::negotiate::TransportKind;
use hub_core::{ConnectionId, ConnectionToken};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::UserId;
use crate::connection::TransportSlot;
use crate::random;
use crate::transport::{Inbox, Polls, WebSocketTransport};
use crate::websocket::UpgradedIo;

/// Connections by token.
pub(crate) struct Connections {
    by_token: DashMap<ConnectionToken, Entered>,
    /// How many wait for their transport.
    waiting: AtomicUsize,
    /// Negotiated connections in the order in which they expire; those that
    /// have got their transport among them.
    expiring: Mutex<Expiring>,
    timeout: Duration,
    limit: usize,
}

#[derive(Default)]
struct Expiring {
    queue: VecDeque<(Instant, ConnectionToken)>,
    /// Whether the task runs that removes them.
    swept: bool,
}

/// Where a connection takes over its next WebSocket.
pub(crate) type WebSocketSlot = TransportSlot<WebSocketTransport<UpgradedIo>>;

/// What was agreed on when a connection was negotiated.
pub(crate) struct Terms {
    /// Whether the token is another than the id. Clients of version 0 know one
    /// name only, so it has to be the secret.
    pub(crate) distinct_token: bool,
    pub(crate) stateful_reconnect: bool,
}

/// A connection that is known here.
#[derive(Clone)]
pub(crate) struct Entered {
    pub(crate) id: ConnectionId,
    /// Who negotiated: nobody else may use the connection.
    user: Option<UserId>,
    /// Where another WebSocket is handed over; with stateful reconnect only.
    pub(crate) slot: Option<Arc<WebSocketSlot>>,
    /// What is posted to it; before there is a transport, too.
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) active: Option<Active>,
}

/// The transport that a connection is bound to.
#[derive(Clone)]
pub(crate) enum Active {
    WebSockets,
    ServerSentEvents,
    LongPolling(Arc<Polls>),
}

impl Active {
    pub(crate) fn kind(&self) -> TransportKind {
        match self {
            Self::WebSockets => TransportKind::WebSockets,
            Self::ServerSentEvents => TransportKind::ServerSentEvents,
            Self::LongPolling(_) => TransportKind::LongPolling,
        }
    }
}

/// Why a request cannot have the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttachError {
    Unknown,
    OtherUser,
    /// It is bound to another transport.
    OtherTransport,
    /// It is bound to this transport, and in use.
    AlreadyActive,
}

impl Connections {
    pub(crate) fn new(timeout: Duration, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            by_token: DashMap::new(),
            waiting: AtomicUsize::new(0),
            expiring: Mutex::default(),
            timeout,
            limit,
        })
    }

    /// Notes a negotiated connection; `None` when too many wait already.
    pub(crate) fn negotiate(
        self: &Arc<Self>,
        user: Option<UserId>,
        terms: &Terms,
    ) -> Option<(ConnectionId, ConnectionToken)> {
        let token = random::connection_token();
        let id = if terms.distinct_token {
            random::connection_id()
        } else {
            token.expose().into()
        };
        let mut expiring = self.expiring.lock();
        if self.waiting.load(Ordering::Relaxed) >= self.limit {
            return None;
        }
        if expiring.queue.len() / 2 >= self.limit {
            // At most half of them wait: worth going through them all.
            expiring.queue.retain(|(_, token)| self.waits(token));
        }
        let entered = Entered {
            id: id.clone(),
            user,
            slot: terms.stateful_reconnect.then(TransportSlot::new),
            inbox: Arc::default(),
            active: None,
        };
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.by_token.insert(token.clone(), entered);
        expiring
            .queue
            .push_back((Instant::now() + self.timeout, token.clone()));
        if !std::mem::replace(&mut expiring.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
        Some((id, token))
    }

    /// Binds a connection to a transport, once.
    pub(crate) fn attach(
        self: &Arc<Self>,
        token: &str,
        user: Option<&UserId>,
        active: Active,
    ) -> Result<(Entered, Attachment), AttachError> {
        let token = ConnectionToken::from(token);
        let Entry::Occupied(mut entry) = self.by_token.entry(token.clone()) else {
            return Err(AttachError::Unknown);
        };
        let entered = entry.get_mut();
        if entered.user.as_ref() != user {
            return Err(AttachError::OtherUser);
        }
        match &entered.active {
            Some(bound) if bound.kind() == active.kind() => Err(AttachError::AlreadyActive),
            Some(_) => Err(AttachError::OtherTransport),
            None => {
                entered.active = Some(active);
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                let attachment = Attachment {
                    connections: self.clone(),
                    token,
                };
                Ok((entered.clone(), attachment))
            }
        }
    }

    /// The connection that a request belongs to.
    pub(crate) fn find(&self, token: &str, user: Option<&UserId>) -> Result<Entered, AttachError> {
        let entered = self.by_token.get(token).ok_or(AttachError::Unknown)?;
        if entered.user.as_ref() == user {
            Ok(entered.clone())
        } else {
            Err(AttachError::OtherUser)
        }
    }

    fn waits(&self, token: &ConnectionToken) -> bool {
        let entered = self.by_token.get(token);
        entered.is_some_and(|entered| entered.active.is_none())
    }

    /// Removes what has expired; when the next one does.
    fn remove_expired(&self, now: Instant) -> Option<Instant> {
        let mut expiring = self.expiring.lock();
        while let Some((expires, token)) = expiring.queue.front() {
            if *expires > now {
                return Some(*expires);
            }
            let removed = self
                .by_token
                .remove_if(token, |_, entered| entered.active.is_none());
            if let Some((_, entered)) = removed {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                // A POST may be waiting for room.
                entered.inbox.close();
            }
            expiring.queue.pop_front();
        }
        expiring.swept = false;
        None
    }
}

/// Removes negotiated connections that nobody came for; ends when none waits.
async fn sweep(connections: Weak<Connections>) {
    let mut next = Instant::now();
    loop {
        tokio::time::sleep_until(next).await;
        let Some(connections) = connections.upgrade() else {
            return;
        };
        let Some(expires) = connections.remove_expired(Instant::now()) else {
            return;
        };
        next = expires;
    }
}

/// A transport's hold on its token, which is unknown once this is dropped.
pub(crate) struct Attachment {
    connections: Arc<Connections>,
    token: ConnectionToken,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.connections.by_token.remove(&self.token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        distinct_token: true,
        stateful_reconnect: false,
    };

    const TIMEOUT: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn a_negotiated_connection_expires() {
        let connections = Connections::new(TIMEOUT, 10);
        let (_, token) = connections.negotiate(None, &TERMS).unwrap();
        tokio::time::sleep(TIMEOUT * 2).await;
        let found = connections.find(token.expose(), None).map(drop);
        assert_eq!(found, Err(AttachError::Unknown));
        assert!(connections.by_token.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_serves_one_transport_until_its_end() {
        let connections = Connections::new(TIMEOUT, 10);
        let (_, token) = connections.negotiate(None, &TERMS).unwrap();
        let attach = |active| connections.attach(token.expose(), None, active);
        let attached = attach(Active::WebSockets).ok();
        tokio::time::sleep(TIMEOUT * 2).await;
        let error = |active| attach(active).map(drop).unwrap_err();
        assert_eq!(error(Active::WebSockets), AttachError::AlreadyActive);
        assert_eq!(error(Active::ServerSentEvents), AttachError::OtherTransport);
        drop(attached);
        assert_eq!(error(Active::WebSockets), AttachError::Unknown);
    }

    #[tokio::test]
    async fn a_token_belongs_to_the_user_who_negotiated() {
        let connections = Connections::new(TIMEOUT, 10);
        let (_, token) = connections.negotiate(Some("ann".into()), &TERMS).unwrap();
        let attach = |user: Option<UserId>| {
            connections
                .attach(token.expose(), user.as_ref(), Active::WebSockets)
                .map(drop)
        };
        assert_eq!(attach(None), Err(AttachError::OtherUser));
        assert_eq!(attach(Some("bob".into())), Err(AttachError::OtherUser));
        assert_eq!(attach(Some("ann".into())), Ok(()));
    }

    #[tokio::test]
    async fn the_number_that_wait_is_bounded() {
        let connections = Connections::new(TIMEOUT, 1);
        assert!(connections.negotiate(None, &TERMS).is_some());
        assert!(connections.negotiate(None, &TERMS).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_have_their_transport_wait_no_longer() {
        let connections = Connections::new(TIMEOUT, 10);
        let mut attached = Vec::new();
        for _ in 0..1_000 {
            let (_, token) = connections.negotiate(None, &TERMS).unwrap();
            let active = Active::WebSockets;
            attached.push(connections.attach(token.expose(), None, active).ok());
        }
        assert!(connections.expiring.lock().queue.len() <= 20);
        for _ in 0..10 {
            assert!(connections.negotiate(None, &TERMS).is_some());
        }
        assert!(connections.negotiate(None, &TERMS).is_none());
        tokio::time::sleep(TIMEOUT * 2).await;
        assert!(connections.negotiate(None, &TERMS).is_some());
        assert_eq!(connections.by_token.len(), 1_001);
        drop(attached);
        assert_eq!(connections.by_token.len(), 1);
    }
}
