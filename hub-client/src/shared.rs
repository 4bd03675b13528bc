//! What the handles of a connection and its task share.

use std::fmt;
use std::sync::Arc;

use hub_core::ConnectionId;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::builder::Options;
use crate::handlers::Handlers;
use crate::lifecycle::Lifecycle;
use crate::session::Session;
use crate::{HubConnectionState, StartError};

/// One connection as the application sees it, through all its reconnects.
pub(crate) struct Shared {
    pub(crate) url: Url,
    pub(crate) options: Options,
    pub(crate) http: reqwest::Client,
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) lifecycle: Arc<Lifecycle>,
    status: Mutex<Status>,
}

#[derive(Debug)]
struct Status {
    state: HubConnectionState,
    connection_id: Option<ConnectionId>,
    /// Set while connected.
    session: Option<Arc<Session>>,
    /// Set from `start` until everything is over.
    run: Option<Run>,
    last_run: u64,
}

/// The time from a `start` until the connection is closed.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    id: u64,
    /// Asks the task to stop.
    pub(crate) stop: CancellationToken,
    /// Says that it has stopped.
    pub(crate) done: CancellationToken,
}

impl Shared {
    pub(crate) fn new(url: Url, options: Options, http: reqwest::Client) -> Self {
        Self {
            url,
            options,
            http,
            handlers: Arc::default(),
            lifecycle: Arc::default(),
            status: Mutex::new(Status {
                state: HubConnectionState::Disconnected,
                connection_id: None,
                session: None,
                run: None,
                last_run: 0,
            }),
        }
    }

    pub(crate) fn state(&self) -> HubConnectionState {
        self.status.lock().state
    }

    pub(crate) fn connection_id(&self) -> Option<ConnectionId> {
        self.status.lock().connection_id.clone()
    }

    /// The session; `None` unless connected.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.status.lock().session.clone()
    }

    /// Begins to connect.
    pub(crate) fn begin(&self) -> Result<Run, StartError> {
        let mut status = self.status.lock();
        if status.state != HubConnectionState::Disconnected {
            return Err(StartError::NotDisconnected);
        }
        status.last_run += 1;
        let run = Run {
            id: status.last_run,
            stop: CancellationToken::new(),
            done: CancellationToken::new(),
        };
        status.state = HubConnectionState::Connecting;
        status.run = Some(run.clone());
        Ok(run)
    }

    /// Notes that there is a connection, unless it is to be stopped.
    pub(crate) fn connected(&self, session: &Arc<Session>, id: Option<&ConnectionId>) {
        let mut status = self.status.lock();
        if status.state != HubConnectionState::Disconnecting {
            status.state = HubConnectionState::Connected;
            status.connection_id = id.cloned();
            status.session = Some(Arc::clone(session));
        }
    }

    /// Notes that the connection is lost and to be replaced, unless it is to
    /// be stopped.
    pub(crate) fn reconnecting(&self) {
        let mut status = self.status.lock();
        status.session = None;
        status.connection_id = None;
        if status.state != HubConnectionState::Disconnecting {
            status.state = HubConnectionState::Reconnecting;
        }
    }

    /// Asks the task to stop. Returns what tells that it has; `None` when
    /// there is none.
    pub(crate) fn request_stop(&self) -> Option<CancellationToken> {
        let mut status = self.status.lock();
        let run = status.run.clone()?;
        status.state = HubConnectionState::Disconnecting;
        status.session = None;
        drop(status);
        run.stop.cancel();
        Some(run.done)
    }

    /// Notes that `run` is over. Harmless when it was noted before.
    pub(crate) fn finish(&self, run: &Run) {
        let mut status = self.status.lock();
        if status.run.as_ref().is_some_and(|other| other.id == run.id) {
            status.state = HubConnectionState::Disconnected;
            status.connection_id = None;
            status.session = None;
            status.run = None;
        }
    }
}

/// Shows neither URL nor options: they may hold secrets.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.lock();
        f.debug_struct("Shared")
            .field("state", &status.state)
            .field("connection_id", &status.connection_id)
            .finish_non_exhaustive()
    }
}

/// What every clone of a connection holds: when the last is dropped, the
/// connection is stopped.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Nobody is left to wait for it.
        let _ = self.shared.request_stop();
    }
}
