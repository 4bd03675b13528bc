//! The task of a connection: from `start` until it is closed for good, through
//! all reconnects.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::driver::{Driver, End, open};
use crate::handlers::{self, IncomingCall};
use crate::lifecycle::{self, LifecycleEvent};
use crate::shared::{Run, Shared};
use crate::{ConnectError, ConnectionEnd, ReconnectContext, StartError};

/// The one task of a connection. It owns machine and transport and is the only
/// one that writes; handlers and callbacks run in tasks of their own.
pub(crate) async fn run(
    shared: Arc<Shared>,
    run: Run,
    mut started: oneshot::Sender<Result<(), StartError>>,
) {
    let task = Task::spawn_runners(shared, run);
    let opened = tokio::select! {
        biased;
        () = task.run.stop.cancelled() => Err(StartError::Stopped),
        () = started.closed() => Err(StartError::Stopped),
        opened = open(&task.shared, &task.calls) => opened.map_err(StartError::Connect),
    };
    let driver = match opened {
        Ok(driver) => driver,
        Err(error) => {
            task.shared.finish(&task.run);
            // Nobody waits any more if the start was abandoned.
            let _ = started.send(Err(error));
            return;
        }
    };
    task.connected(&driver);
    if started.send(Ok(())).is_err() {
        task.run.stop.cancel();
    }
    let end = task.stay_connected(driver).await;
    task.shared.finish(&task.run);
    task.tell(LifecycleEvent::Closed(end));
}

struct Task {
    shared: Arc<Shared>,
    run: Run,
    calls: mpsc::UnboundedSender<IncomingCall>,
    events: mpsc::UnboundedSender<LifecycleEvent>,
}

impl Task {
    /// Starts what runs handlers and callbacks: both end when the task does
    /// and everything that happened before is handled.
    fn spawn_runners(shared: Arc<Shared>, run: Run) -> Self {
        let (calls, incoming) = mpsc::unbounded_channel();
        let (events, happened) = mpsc::unbounded_channel();
        tokio::spawn(handlers::run(Arc::clone(&shared.handlers), incoming));
        tokio::spawn(lifecycle::run(Arc::clone(&shared.lifecycle), happened));
        Self {
            shared,
            run,
            calls,
            events,
        }
    }

    fn connected(&self, driver: &Driver) {
        let id = driver.connection_id.as_ref();
        self.shared.connected(&driver.session, id);
    }

    fn tell(&self, event: LifecycleEvent) {
        // The runner lives as long as the sender.
        let _ = self.events.send(event);
    }

    /// Drives the connection and replaces it when it is lost, until it is
    /// closed for good.
    async fn stay_connected(&self, mut driver: Driver) -> ConnectionEnd {
        let close_timeout = self.shared.options.close_timeout;
        loop {
            match driver.drive(&self.run.stop).await {
                End::Stopped => {
                    driver.say_goodbye(close_timeout).await;
                    return ConnectionEnd::Stopped;
                }
                End::Lost {
                    end,
                    may_reconnect: true,
                } if self.shared.options.reconnect.is_some() => {
                    self.shared.reconnecting();
                    driver.abandon(close_timeout);
                    tracing::debug!(%end, "the connection is lost");
                    self.tell(LifecycleEvent::Reconnecting(end.clone()));
                    driver = match self.reconnect(end).await {
                        Ok(driver) => driver,
                        Err(end) => return end,
                    };
                    self.connected(&driver);
                    self.tell(LifecycleEvent::Reconnected(driver.connection_id.clone()));
                }
                End::Lost { end, .. } => {
                    driver.abandon(close_timeout);
                    return end;
                }
            }
        }
    }

    /// Tries to make a new connection until it works, the policy gives up, or
    /// the connection is stopped.
    async fn reconnect(&self, lost: ConnectionEnd) -> Result<Driver, ConnectionEnd> {
        let since = Instant::now();
        let mut attempts = 0;
        let mut last: Option<Arc<ConnectError>> = None;
        loop {
            let context = ReconnectContext {
                previous_attempts: attempts,
                elapsed: since.elapsed(),
                reason: match &last {
                    Some(error) => &**error,
                    None => &lost,
                },
            };
            let Some(delay) = self.next_delay(&context) else {
                return Err(ConnectionEnd::ReconnectFailed {
                    attempts,
                    elapsed: since.elapsed(),
                    last,
                });
            };
            match self.attempt(delay).await {
                None => return Err(ConnectionEnd::Stopped),
                Some(Ok(driver)) => return Ok(driver),
                Some(Err(error)) => {
                    tracing::debug!(%error, attempts, "an attempt to reconnect failed");
                    attempts += 1;
                    last = Some(Arc::new(error));
                }
            }
        }
    }

    fn next_delay(&self, context: &ReconnectContext<'_>) -> Option<Duration> {
        let policy = self.shared.options.reconnect.as_deref()?;
        let ask = AssertUnwindSafe(|| policy.next_delay(context));
        std::panic::catch_unwind(ask).unwrap_or_else(|_| {
            tracing::error!("the reconnect policy panicked");
            None
        })
    }

    /// One attempt after `delay`; `None` when the connection is stopped.
    async fn attempt(&self, delay: Duration) -> Option<Result<Driver, ConnectError>> {
        let attempt = async {
            tokio::time::sleep(delay).await;
            open(&self.shared, &self.calls).await
        };
        stoppable(&self.run.stop, attempt).await
    }
}

impl Drop for Task {
    /// Also when the runtime goes away in the middle.
    fn drop(&mut self) {
        self.shared.finish(&self.run);
        self.run.done.cancel();
    }
}

/// What `future` gives; `None` when it is stopped before.
async fn stoppable<T>(stop: &CancellationToken, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        value = future => Some(value),
    }
}
