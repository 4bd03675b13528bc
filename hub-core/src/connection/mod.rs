//! One hub connection as a state machine, for servers and clients.
//!
//! ```text
//!  received bytes ──► receive ─────────► Event                ──► dispatcher
//!  end of input ────► handle_end_of_input ─► CloseReason
//!  the clock ───────► handle_timeout ──► CloseReason
//!  the application ─► close, note_sent
//!                     poll_transmit ───► handshake, Ping, Close ──► transport
//!                     poll_timeout ────► the one deadline     ──► timer
//! ```
//!
//! The machine owns neither the input buffer nor the calls in progress. Calls,
//! results and items do not pass through it on their way out: drivers encode
//! them with [`Connection::protocol`] and tell it with
//! [`Connection::note_sent`]. What drivers have to remember about calls and
//! streams are the tables [`PendingCalls`], [`OpenStreams`] and
//! [`RunningInvocations`].

mod event;
mod invocations;
mod message_buffer;
mod outbox;
mod phase;
mod receive;
mod settings;
mod stateful_reconnect;
mod streams;
mod timers;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

pub use event::{CloseReason, Event, Transmit};
pub use invocations::{CallId, CallIdText, CallKind, PendingCalls};
pub use message_buffer::{MessageBuffer, ReceiveCursor, SequenceId};
pub use phase::Phase;
pub use settings::Settings;
pub use streams::{InvocationIdInUse, OpenStreams, RunningInvocations, StreamIdInUse};

use crate::handshake::{HandshakeRequest, HandshakeResponse};
use crate::protocol::HubProtocol;
use crate::{Close, HubMessage, TransferFormat};
use event::error_close;
use outbox::Outbox;
use phase::{Agreement, HANDSHAKE_CANCELED, Offer, Stage};
use stateful_reconnect::Resumption;
use timers::{Timers, after, earliest, is_over};

/// One hub connection without its I/O.
///
/// A driver repeats, in this order:
/// 1. call [`receive`](Self::receive) with what arrived until it returns
///    `None`, acting on each event; keep what is left of the input;
/// 2. send everything that [`poll_transmit`](Self::poll_transmit) returns,
///    before anything of its own; end the transport if the connection is
///    closed;
/// 3. wait for bytes or for [`poll_timeout`](Self::poll_timeout), then call
///    [`handle_timeout`](Self::handle_timeout) or begin anew. If the transport
///    ends, call [`handle_end_of_input`](Self::handle_end_of_input).
///
/// It allocates nothing while messages arrive or while it is idle; a closed
/// one stays closed.
#[derive(Debug)]
pub struct Connection {
    settings: Arc<Settings>,
    role: Role,
    stage: Stage,
    timers: Timers,
    /// How much of the input is known to be an incomplete message.
    incomplete: usize,
    /// Servers hold silence against a client only after its first Ping.
    silence_counts: bool,
    outbox: Outbox,
    /// Only with stateful reconnect.
    resumption: Option<Box<Resumption>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Client,
    Server,
}

impl Connection {
    /// The server's side of a connection that starts now. It will accept one
    /// of `protocols`, of those whose format the transport carries.
    #[must_use]
    pub fn server(
        settings: Arc<Settings>,
        protocols: Arc<[Arc<dyn HubProtocol>]>,
        transport: &'static [TransferFormat],
        now: Instant,
    ) -> Self {
        let stage = Stage::AwaitingRequest(Offer {
            protocols,
            formats: transport,
        });
        let mut connection = Self::new(settings, Role::Server, stage, now);
        // Pings are due from the start of the connection on, whatever else is
        // sent (behaviour of the reference, which its specification denies).
        connection.restart_keep_alive(now);
        connection
    }

    /// The client's side of a connection that starts now. The handshake
    /// request is queued at once.
    #[must_use]
    pub fn client(settings: Arc<Settings>, protocol: Arc<dyn HubProtocol>, now: Instant) -> Self {
        // What clients say that do not need the newest version.
        let request = request(&*protocol, 1);
        let stage = Stage::AwaitingResponse(Agreement { protocol, index: 0 });
        let mut connection = Self::new(settings, Role::Client, stage, now);
        connection.silence_counts = true;
        connection.outbox.handshake = Some(request);
        connection
    }

    fn new(settings: Arc<Settings>, role: Role, stage: Stage, now: Instant) -> Self {
        let timers = Timers {
            handshake: after(now, settings.handshake_timeout),
            ..Timers::default()
        };
        Self {
            settings,
            role,
            stage,
            timers,
            incomplete: 0,
            silence_counts: false,
            outbox: Outbox::default(),
            resumption: None,
        }
    }

    /// How far the connection has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.stage.phase()
    }

    /// The protocol that both sides agreed on. `None` before; it stays when
    /// the connection is closed.
    #[must_use]
    pub fn protocol(&self) -> Option<&Arc<dyn HubProtocol>> {
        self.agreement().map(|agreement| &agreement.protocol)
    }

    /// The position of [`protocol`](Self::protocol) among the server's, 0 on
    /// a client.
    #[must_use]
    pub fn protocol_index(&self) -> Option<usize> {
        self.agreement().map(|agreement| agreement.index)
    }

    fn agreement(&self) -> Option<&Agreement> {
        match &self.stage {
            Stage::AwaitingResponse(_) => None,
            stage => stage.agreement(),
        }
    }

    /// Notes that the transport has ended. `rest` is what was received and not
    /// consumed after the last [`receive`](Self::receive). Returns how the
    /// connection ended, unless it had already.
    pub fn handle_end_of_input(&mut self, rest: &[u8]) -> Option<CloseReason> {
        let reason = match (&self.stage, self.role) {
            (Stage::Closed(_), _) => return None,
            (Stage::AwaitingRequest(_), _) => {
                CloseReason::HandshakeFailed("the client left before the handshake".into())
            }
            (Stage::AwaitingResponse(_), _) => CloseReason::HandshakeFailed(
                "The server disconnected before sending a handshake response".into(),
            ),
            (Stage::Open(_), _) if rest.is_empty() => CloseReason::EndOfInput,
            (Stage::Open(_), _) => CloseReason::EndOfInputInMessage,
        };
        Some(self.end(reason))
    }

    /// Acts on the deadlines that are over at `now`: queues a Ping, or ends the
    /// connection and returns how. Harmless when none is over.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<CloseReason> {
        match self.stage {
            Stage::AwaitingRequest(_) | Stage::AwaitingResponse(_) => {
                is_over(self.timers.handshake, now).then(|| {
                    self.refuse(HANDSHAKE_CANCELED);
                    self.end(CloseReason::HandshakeTimeout)
                })
            }
            Stage::Open(_) => self.handle_timeout_when_open(now),
            Stage::Closed(_) => None,
        }
    }

    fn handle_timeout_when_open(&mut self, now: Instant) -> Option<CloseReason> {
        if is_over(self.peer_deadline(), now) {
            if self.silence_counts {
                return Some(self.end(CloseReason::PeerTimeout));
            }
            self.restart_peer_timeout(now);
        }
        if let Some(resumption) = &mut self.resumption {
            resumption.handle_timeout(now);
        }
        if is_over(self.timers.keep_alive, now) {
            self.outbox.ping = true;
            self.restart_keep_alive(now);
        }
        None
    }

    /// Ends the connection from our side. When it is open, `close` is queued
    /// as the last message; a handshake in progress is dropped without a word.
    pub fn close(&mut self, close: Close<'static>) {
        if self.phase() == Phase::Open {
            self.queue_close(close);
        }
        self.finish();
    }

    /// Ends the connection because of an error that the driver found: an open
    /// one is told `kind` and `text` if errors are detailed, and invited to
    /// come back.
    pub fn close_with_error(&mut self, kind: &str, text: &str) {
        self.close(error_close(self.settings.detailed_errors, kind, text));
    }

    /// Notes that something other than a [`Transmit`] was sent: it postpones
    /// the Ping of a client, not that of a server.
    pub fn note_sent(&mut self, now: Instant) {
        if self.role == Role::Client {
            self.restart_keep_alive(now);
        }
    }

    /// Stops counting the peer's silence, because nothing is read from it for
    /// now: a call waits for its turn, or a stream's buffer is full.
    pub fn pause_peer_timeout(&mut self) {
        self.timers.silent_since = None;
    }

    /// Counts the peer's silence from `now` on; ends a pause.
    pub fn restart_peer_timeout(&mut self, now: Instant) {
        self.timers.silent_since = Some(now);
    }

    /// The next record that the connection itself has to send: handshake,
    /// Ping, Close. Also to be asked once it is closed, for last words.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        let protocol = self.stage.agreement().map(|agreement| &*agreement.protocol);
        let bytes = self.outbox.next(protocol, self.resumption.as_deref_mut())?;
        Some(Transmit {
            format: protocol.map_or(TransferFormat::Text, HubProtocol::transfer_format),
            bytes,
        })
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; `None`
    /// for never.
    ///
    /// While messages arrive and are sent it only moves later, so that a
    /// driver may leave its timer as it is and ask again when it goes off. Ask
    /// at once after [`Event::HandshakeCompleted`], after the end of a pause,
    /// and on a [resumable](Self::is_resumable) connection after everything
    /// that was received.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.stage.phase() {
            Phase::Handshake => self.timers.handshake,
            Phase::Open => {
                let resumption = self.resumption.as_deref();
                let ack = resumption.and_then(Resumption::deadline);
                let own = earliest(self.timers.keep_alive, ack);
                earliest(own, self.peer_deadline())
            }
            Phase::Closed => None,
        }
    }

    fn peer_deadline(&self) -> Option<Instant> {
        after(self.timers.silent_since?, self.settings.peer_timeout)
    }

    fn restart_keep_alive(&mut self, now: Instant) {
        self.timers.keep_alive = after(now, self.settings.keep_alive_interval);
    }

    /// Begins to exchange messages.
    fn open(&mut self, agreement: Agreement, now: Instant) {
        self.stage = Stage::Open(agreement);
        self.restart_peer_timeout(now);
        match self.role {
            Role::Server => self.outbox.handshake = Some(HandshakeResponse::accepted()),
            // The first Ping at once: it is what makes the server watch for
            // silence.
            Role::Client => {
                self.outbox.ping = self.settings.keep_alive_interval.is_some();
                self.restart_keep_alive(now);
            }
        }
    }

    /// Has a server answer the handshake with an error.
    fn refuse(&mut self, text: &str) -> CloseReason {
        if self.role == Role::Server {
            self.outbox.handshake = Some(HandshakeResponse::refused(text));
        }
        CloseReason::HandshakeFailed(text.into())
    }

    fn end(&mut self, reason: CloseReason) -> CloseReason {
        if self.role == Role::Server && self.phase() == Phase::Open {
            self.queue_close(reason.server_close(self.settings.detailed_errors));
        }
        self.finish();
        reason
    }

    fn queue_close(&mut self, close: Close<'static>) {
        if let Some(protocol) = self.protocol() {
            let close = outbox::encode(&**protocol, &HubMessage::Close(close));
            self.outbox.close = Some(close);
        }
    }

    fn finish(&mut self) {
        if matches!(self.stage, Stage::AwaitingResponse(_)) {
            self.outbox = Outbox::default();
        }
        self.stage = Stage::Closed(self.agreement().cloned());
        self.resumption = None;
    }
}

fn request(protocol: &dyn HubProtocol, version: i32) -> Bytes {
    let request = HandshakeRequest {
        protocol: protocol.name().into(),
        version,
    };
    request.to_record()
}

#[cfg(test)]
mod tests;
