//! One established connection: from the handshake to its end.

use std::sync::Arc;
use std::time::Duration;

use hub_core::ConnectionId;
use hub_core::connection::{CloseReason, Connection, Event, Settings};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::handlers::IncomingCall;
use crate::link::{Arrival, Link};
use crate::negotiate::connect;
use crate::receive_buffer::ReceiveBuffer;
use crate::session::Session;
use crate::shared::Shared;
use crate::transport::Record;
use crate::{ConnectError, ConnectionEnd, ServerError};

/// How many records are queued at once before the transport gets its turn.
const BATCH: usize = 64;

/// A connection after its handshake.
pub(crate) struct Driver {
    pub(crate) connection_id: Option<ConnectionId>,
    pub(crate) session: Arc<Session>,
    link: Link,
    records: mpsc::UnboundedReceiver<Record>,
    inbox: Inbox,
    server_timeout: Duration,
}

/// How driving a connection ended.
pub(crate) enum End {
    /// The application wants to stop.
    Stopped,
    Lost {
        end: ConnectionEnd,
        /// Not after a goodbye of the server without an invitation.
        may_reconnect: bool,
    },
}

/// Makes a connection and completes the handshake. What the server calls goes
/// to `calls`.
pub(crate) async fn open(
    shared: &Shared,
    calls: &mpsc::UnboundedSender<IncomingCall>,
) -> Result<Driver, ConnectError> {
    let connected = connect(shared).await?;
    let options = &shared.options;
    let protocol = &options.protocol;
    let (session, records) = Session::new(Arc::clone(protocol), options.send_buffer_size);
    let settings = Arc::new(options.settings.clone());
    let machine = Connection::client(settings, Arc::clone(protocol), Instant::now().into_std());
    let inbox = Inbox {
        calls: calls.clone(),
        buffer: Arc::new(ReceiveBuffer::new(options.receive_buffer_size)),
        session: Arc::clone(&session),
    };
    let mut driver = Driver {
        connection_id: connected.connection_id,
        session,
        link: Link::new(machine, connected.transport),
        records,
        inbox,
        server_timeout: server_timeout(&options.settings),
    };
    driver.shake_hands(&options.settings).await?;
    Ok(driver)
}

impl Driver {
    /// Waits for the handshake response. What follows it in the same bytes is
    /// handled at once.
    async fn shake_hands(&mut self, settings: &Settings) -> Result<(), ConnectError> {
        loop {
            let closed = match self.link.next(true).await {
                Arrival::Closed(reason) => Some(reason),
                Arrival::End(Some(error)) => return Err(error.into()),
                Arrival::End(None) => self.link.end_of_input(),
                Arrival::Bytes(bytes) => {
                    let mut completed = false;
                    let closed = self.link.receive(&bytes, |event| match event {
                        Event::HandshakeCompleted => completed = true,
                        event => self.inbox.on_event(event),
                    });
                    match closed {
                        None if completed => return Ok(()),
                        closed => closed,
                    }
                }
            };
            if let Some(reason) = closed {
                return Err(handshake_error(reason, settings));
            }
        }
    }

    /// Keeps the connection going until it is lost or to be stopped; every
    /// call that waits has then failed.
    pub(crate) async fn drive(&mut self, stop: &CancellationToken) -> End {
        // Also when the runtime goes away in the middle: no call may wait for
        // ever.
        let session = EndOnDrop(Arc::clone(&self.session));
        let end = self.exchange(stop).await;
        session.0.end(match &end {
            End::Stopped => &ConnectionEnd::Stopped,
            End::Lost { end, .. } => end,
        });
        end
    }

    async fn exchange(&mut self, stop: &CancellationToken) -> End {
        let buffer = Arc::clone(&self.inbox.buffer);
        loop {
            let reading = !buffer.is_full();
            tokio::select! {
                () = stop.cancelled() => return End::Stopped,
                () = buffer.freed(), if !reading => {}
                Some(record) = self.records.recv() => self.queue_with_followers(record),
                arrival = self.link.next(reading) => {
                    if let Some(end) = self.on_arrival(arrival, reading) {
                        return end;
                    }
                }
            }
        }
    }

    /// Queues a record and those that wait behind it, to be written at once.
    fn queue_with_followers(&mut self, record: Record) {
        self.link.queue(record);
        for _ in 1..BATCH {
            let Ok(record) = self.records.try_recv() else {
                return;
            };
            self.link.queue(record);
        }
    }

    fn on_arrival(&mut self, arrival: Arrival, reading: bool) -> Option<End> {
        let reason = match arrival {
            Arrival::Bytes(bytes) => {
                let inbox = &self.inbox;
                self.link.receive(&bytes, |event| inbox.on_event(event))?
            }
            Arrival::End(Some(error)) => {
                return Some(lost(ConnectionEnd::Transport(Arc::new(error))));
            }
            Arrival::End(None) => self.link.end_of_input()?,
            // The server may well have said something: nobody listened.
            Arrival::Closed(CloseReason::PeerTimeout) if !reading => {
                return Some(lost(ConnectionEnd::ReceiveBufferFull));
            }
            Arrival::Closed(reason) => reason,
        };
        let may_reconnect = match reason {
            CloseReason::PeerClosed {
                allow_reconnect, ..
            } => allow_reconnect,
            _ => true,
        };
        Some(End::Lost {
            end: ConnectionEnd::from_reason(reason, self.server_timeout),
            may_reconnect,
        })
    }

    /// Writes what was sent before and a Close message, and waits until the
    /// server has closed too, but no longer than `timeout`.
    pub(crate) async fn say_goodbye(mut self, timeout: Duration) {
        self.records.close();
        while let Ok(record) = self.records.try_recv() {
            self.link.queue(record);
        }
        if tokio::time::timeout(timeout, self.link.close())
            .await
            .is_err()
        {
            tracing::debug!("the server did not take our goodbye in time");
        }
    }

    /// Lets go of a lost connection in the background.
    pub(crate) fn abandon(self, timeout: Duration) {
        tokio::spawn(tokio::time::timeout(timeout, self.link.close()));
    }
}

fn lost(end: ConnectionEnd) -> End {
    End::Lost {
        end,
        may_reconnect: true,
    }
}

struct EndOnDrop(Arc<Session>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(&ConnectionEnd::Stopped);
    }
}

/// Where the messages of the server go.
struct Inbox {
    calls: mpsc::UnboundedSender<IncomingCall>,
    buffer: Arc<ReceiveBuffer>,
    session: Arc<Session>,
}

impl Inbox {
    fn on_event(&self, event: Event<'_>) {
        match event {
            Event::Invocation(call) => {
                let len = call.target.len() + call.arguments.as_encoded().as_bytes().len();
                let charge = self.buffer.charge(len);
                let call = IncomingCall::new(call, Arc::clone(&self.session), charge);
                // The runner lives as long as the sender.
                let _ = self.calls.send(call);
            }
            Event::StreamItem(item) => self.session.on_item(item, &self.buffer),
            Event::Completion(completion) => self.session.on_completion(completion),
            other => tracing::debug!(?other, "not for clients"),
        }
    }
}

/// Why there is no connection although there was a transport.
fn handshake_error(reason: CloseReason, settings: &Settings) -> ConnectError {
    match reason {
        CloseReason::HandshakeRefused(error) => ConnectError::Refused(ServerError::new(error)),
        CloseReason::HandshakeTimeout => ConnectError::HandshakeTimeout(settings.handshake_timeout),
        CloseReason::HandshakeFailed(text) => ConnectError::Handshake(text),
        other => ConnectError::Ended(ConnectionEnd::from_reason(other, server_timeout(settings))),
    }
}

fn server_timeout(settings: &Settings) -> Duration {
    settings.peer_timeout.unwrap_or(Duration::MAX)
}
