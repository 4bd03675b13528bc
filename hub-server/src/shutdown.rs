//! Ending connections in good order before a server stops.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Ends hub connections and raw WebSockets in good order before a server stops.
///
/// An HTTP server that shuts down gracefully does not see WebSockets, which it
/// has given away, and waits for event streams and polls that nobody ends. So
/// one handle is given to the hubs ([`HubOptions::shutdown`]) and to the raw
/// WebSockets ([`WebSocketOptions::shutdown`]), and drained before the server
/// is told to stop:
///
/// ```no_run
/// # use hub_server::{AnyClient, Hub, HubMethods};
/// # struct Chat;
/// # impl Hub for Chat {
/// #     type Client = AnyClient;
/// #     type Data = ();
/// #     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> { methods }
/// # }
/// # async fn signal() {}
/// use axum::Router;
/// use hub_server::{HubOptions, HubRouterExt, Shutdown};
///
/// # async fn run() -> std::io::Result<()> {
/// let shutdown = Shutdown::new();
/// let app: Router = Router::new().hub_with("/chat", Chat, HubOptions::new().shutdown(&shutdown));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5000").await?;
/// axum::serve(listener, app)
///     .with_graceful_shutdown(async move {
///         signal().await;
///         shutdown.drain().await;
///     })
///     .await
/// # }
/// ```
///
/// # What happens
/// 1. New negotiations, connections and raw WebSockets are answered 503 with
///    `Retry-After`. Polls and POSTs of open connections are served on.
/// 2. Calls that came before go on, those in line too; calls that come later
///    fail. A connection on which none is running (any more) gets what is
///    queued for it, then a Close message that allows to reconnect, then its
///    transport's goodbye: close code 1000, the end of the event stream, or 204
///    for the next poll. `on_disconnected` runs with
///    [`DisconnectReason::Shutdown`](crate::DisconnectReason::Shutdown). A raw
///    WebSocket gets close code 1001.
/// 3. After [`call_timeout`](Self::call_timeout) the other connections get the
///    same without waiting for their calls, whose `CancellationToken`s fire. Raw
///    WebSockets are cut.
/// 4. After a further [`close_timeout`](Self::close_timeout) what is still there
///    is aborted: its tasks, hooks included, are dropped. Calls are left to
///    themselves and end with the runtime.
///
/// Streams count as calls. One that never ends should watch
/// [`begun`](Self::begun), or it holds up the shutdown until the call timeout.
///
/// A peer that takes no bytes of a response or an event stream holds up axum's
/// own graceful shutdown, which has no time limit: put one around it, longer than
/// both timeouts.
///
/// ```
/// # use std::time::Duration;
/// # use hub_server::Shutdown;
/// # async fn run(
/// #     shutdown: Shutdown,
/// #     server: impl Future<Output = std::io::Result<()>>,
/// # ) -> std::io::Result<()> {
/// let begun = shutdown.begun();
/// let limit = async {
///     begun.await;
///     tokio::time::sleep(Duration::from_secs(9)).await;
/// };
/// tokio::select! {
///     served = server => served,
///     () = limit => Ok(()),
/// }
/// # }
/// ```
///
/// [`HubOptions::shutdown`]: crate::HubOptions::shutdown
/// [`WebSocketOptions::shutdown`]: crate::websocket::WebSocketOptions::shutdown
#[derive(Clone)]
pub struct Shutdown {
    shared: Arc<Shared>,
    call_timeout: Duration,
    close_timeout: Duration,
}

struct Shared {
    begun: CancellationToken,
    /// What has not ended: connections, raw WebSockets, and calls in tasks of
    /// their own.
    running: TaskTracker,
    members: DashMap<u64, Member>,
    next: AtomicU64,
}

struct Member {
    leave: Arc<dyn Leave>,
    task: Option<AbortHandle>,
}

/// What can be asked to end.
pub(crate) trait Leave: Send + Sync {
    /// When it has done what it owes.
    fn leave(&self);

    /// Without waiting for that.
    fn leave_now(&self);
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// A handle for one server. Clones are the same handle.
    #[must_use]
    pub fn new() -> Self {
        let shared = Shared {
            begun: CancellationToken::new(),
            running: TaskTracker::new(),
            members: DashMap::new(),
            next: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
            call_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(2),
        }
    }

    /// How long [`drain`](Self::drain) of this handle and of later clones waits
    /// for running calls. Default 5 s. Keeps a method that hangs from holding up
    /// the shutdown.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// How long connections may take after that to end. Default 2 s. Keeps
    /// peers that do not read or answer, and hooks that hang, from holding up
    /// the shutdown.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// Begins without waiting: nothing new is let in, and whatever is not busy
    /// ends.
    pub fn begin(&self) {
        self.shared.begun.cancel();
        self.each(|member| member.leave());
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.shared.begun.is_cancelled()
    }

    /// Ready when the shutdown begins, for streams and loops that would not end
    /// by themselves.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + Sync + use<> + 'static {
        self.shared.begun.clone().cancelled_owned()
    }

    /// Begins, if that has not happened, and waits until everything has ended,
    /// no longer than both timeouts together. How many connections and calls
    /// had not ended by then; 0 if all went well.
    ///
    /// Several may wait, but a hub method would wait for itself: it should call
    /// [`begin`](Self::begin). When the future is dropped, what has begun goes on, but
    /// nothing more is cut off.
    pub async fn drain(&self) -> usize {
        self.begin();
        let running = &self.shared.running;
        running.close();
        if timeout(self.call_timeout, running.wait()).await.is_ok() {
            return 0;
        }
        self.each(|member| member.leave_now());
        if timeout(self.close_timeout, running.wait()).await.is_ok() {
            return 0;
        }
        let left = running.len();
        self.abort();
        left
    }

    /// Runs a member's task.
    pub(crate) fn spawn(
        &self,
        membership: Arc<Membership>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let key = membership.key;
        let task = tokio::spawn(async move {
            task.await;
            drop(membership);
        });
        if let Some(mut member) = self.shared.members.get_mut(&key) {
            member.task = Some(task.abort_handle());
        }
    }

    /// Counts something in until its membership is dropped.
    pub(crate) fn enter(&self, leave: Arc<dyn Leave>) -> Arc<Membership> {
        let key = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let newcomer = leave.clone();
        let member = Member { leave, task: None };
        self.shared.members.insert(key, member);
        // Those that come in while everybody is asked must not be left out.
        if self.has_begun() {
            newcomer.leave();
        }
        Arc::new(Membership {
            shared: self.shared.clone(),
            key,
            _running: self.count(),
        })
    }

    /// Counts a call in until what this returns is dropped.
    pub(crate) fn count(&self) -> TaskTrackerToken {
        self.shared.running.token()
    }

    fn each(&self, ask: impl Fn(&dyn Leave)) {
        // No lock is held while tasks are woken.
        let members = self.shared.members.iter();
        let members: Vec<_> = members.map(|member| member.leave.clone()).collect();
        for member in members {
            ask(&*member);
        }
    }

    fn abort(&self) {
        let members = self.shared.members.iter();
        let tasks: Vec<_> = members.filter_map(|member| member.task.clone()).collect();
        for task in tasks {
            task.abort();
        }
    }
}

/// One connection or socket that is counted in.
pub(crate) struct Membership {
    shared: Arc<Shared>,
    key: u64,
    _running: TaskTrackerToken,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.shared.members.remove(&self.key);
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Membership").field(&self.key).finish()
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("has_begun", &self.has_begun())
            .field("running", &self.shared.running.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::time::Instant;

    use super::*;

    #[derive(Default)]
    struct Asked {
        to_leave: AtomicUsize,
        to_leave_now: AtomicUsize,
    }

    impl Leave for Asked {
        fn leave(&self) {
            self.to_leave.fetch_add(1, Ordering::SeqCst);
        }

        fn leave_now(&self) {
            self.to_leave_now.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Asked {
        fn times(&self) -> (usize, usize) {
            let times = |asked: &AtomicUsize| asked.load(Ordering::SeqCst);
            (times(&self.to_leave), times(&self.to_leave_now))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_is_asked_twice_and_then_aborted() {
        let shutdown = Shutdown::new();
        let asked = Arc::new(Asked::default());
        let dropped = CancellationToken::new();
        let guard = dropped.clone().drop_guard();
        shutdown.spawn(shutdown.enter(asked.clone()), async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        });
        let call = shutdown.count();
        let start = Instant::now();
        assert_eq!(shutdown.drain().await, 2);
        assert_eq!(start.elapsed(), Duration::from_secs(7));
        assert_eq!(asked.times(), (1, 1));
        dropped.cancelled().await;
        tokio::task::yield_now().await;
        assert!(shutdown.shared.members.is_empty());
        drop(call);
        assert_eq!(shutdown.drain().await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_waits_for_calls_and_no_longer() {
        let shutdown = Shutdown::new();
        let call = shutdown.count();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(call);
        });
        let start = Instant::now();
        assert_eq!(shutdown.drain().await, 0);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test]
    async fn who_comes_late_is_asked_at_once() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.has_begun());
        shutdown.begin();
        shutdown.begun().await;
        let asked = Arc::new(Asked::default());
        drop(shutdown.enter(asked.clone()));
        assert_eq!(asked.times(), (1, 0));
    }
}
