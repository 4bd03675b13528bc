//! Stateful reconnect: how a connection outlives its transport.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Connection;
use super::message_buffer::{MessageBuffer, ReceiveCursor, SequenceId};
use super::outbox::encode;
use super::phase::{Phase, Stage};
use super::timers::{after, is_over};
use crate::protocol::HubProtocol;
use crate::{DecodeError, HubMessage};

/// How long received messages may wait for their Ack: what comes in this time
/// is acknowledged at once.
const ACK_DELAY: Duration = Duration::from_secs(1);

/// The first protocol version that knows Ack and Sequence.
pub(super) const FIRST_VERSION: i32 = 2;

/// What a connection with stateful reconnect has beside the others.
#[derive(Debug)]
pub(super) struct Resumption {
    pub(super) buffer: MessageBuffer,
    cursor: ReceiveCursor,
    ack: AckState,
    transport: TransportState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AckState {
    /// Nothing arrived since the last one, or the clock ends before the next.
    Idle,
    DueAt(Instant),
    Due,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransportState {
    Attached,
    /// Gone; another may come.
    Lost,
    /// A new one has come, and Sequence must be the first that it carries.
    Announcing,
    /// The messages from this one on have to be repeated.
    Replaying(SequenceId),
}

impl Connection {
    /// Turns on stateful reconnect, if the peer knows it as well; to be called
    /// before anything else. Both sides must have agreed on it when they
    /// negotiated. See [`MessageBuffer`] for `buffer_limit`.
    pub fn enable_stateful_reconnect(&mut self, buffer_limit: usize) {
        match &self.stage {
            Stage::AwaitingRequest(_) => {}
            Stage::AwaitingResponse(agreement) => {
                let version = agreement.protocol.version();
                let request = super::request(&*agreement.protocol, version);
                self.outbox.handshake = Some(request);
            }
            Stage::Open(_) | Stage::Closed(_) => return,
        }
        self.resumption = Some(Box::new(Resumption::new(buffer_limit)));
    }

    /// Whether the connection may go on with another transport when it loses
    /// the one it has.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.resumption.is_some() && self.phase() == Phase::Open
    }

    /// Notes that the trackable message `record` (types 1 to 5) is being sent;
    /// takes the place of [`note_sent`](Self::note_sent). Returns whether the
    /// driver has to write it: with stateful reconnect it may be kept for the
    /// next transport instead.
    #[must_use]
    pub fn send_record(&mut self, record: &Bytes, now: Instant) -> bool {
        let must_write = match &mut self.resumption {
            Some(resumption) => {
                resumption.buffer.push(record.clone());
                resumption.transport == TransportState::Attached
            }
            None => true,
        };
        if must_write {
            self.note_sent(now);
        }
        must_write
    }

    /// Whether messages have to wait until the peer acknowledges some. Ask
    /// again after [`receive`](Self::receive). Always false without stateful
    /// reconnect.
    #[must_use]
    pub fn is_send_blocked(&self) -> bool {
        self.resumption
            .as_ref()
            .is_some_and(|resumption| resumption.buffer.is_full())
    }

    /// Notes that the transport is gone without a goodbye. Returns whether the
    /// connection waits for another; if not, nothing has changed and
    /// [`handle_end_of_input`](Self::handle_end_of_input) has to be called.
    ///
    /// What was received and not consumed has to be thrown away: the peer will
    /// send it again. How long to wait is for the driver to decide; the peer's
    /// silence goes on counting.
    pub fn handle_transport_lost(&mut self) -> bool {
        let is_resumable = self.is_resumable();
        self.incomplete = 0;
        if let Some(resumption) = &mut self.resumption
            && is_resumable
        {
            resumption.transport = TransportState::Lost;
        }
        is_resumable
    }

    /// Notes that a new transport has taken the place of a lost one.
    /// [`poll_transmit`](Self::poll_transmit) then repeats what the peer may
    /// have missed. There is no second handshake.
    pub fn handle_transport_resumed(&mut self) {
        if let Some(resumption) = &mut self.resumption
            && resumption.transport == TransportState::Lost
        {
            resumption.transport = TransportState::Announcing;
        }
    }
}

impl Resumption {
    fn new(buffer_limit: usize) -> Self {
        Self {
            buffer: MessageBuffer::new(buffer_limit),
            cursor: ReceiveCursor::new(),
            ack: AckState::Idle,
            transport: TransportState::Attached,
        }
    }

    /// Counts `message`. Returns whether it is to be processed.
    pub(super) fn admit(
        &mut self,
        message: &HubMessage<'_>,
        now: Instant,
    ) -> Result<bool, DecodeError> {
        match message {
            HubMessage::Ack(id) => {
                self.buffer.acknowledge(SequenceId::new(*id));
            }
            HubMessage::Sequence(id) => self.cursor.reposition(SequenceId::new(*id))?,
            _ if message.is_trackable() => {
                if self.ack == AckState::Idle {
                    self.ack = after(now, ACK_DELAY).map_or(AckState::Idle, AckState::DueAt);
                }
                return Ok(self.cursor.advance());
            }
            _ => {}
        }
        Ok(true)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.transport == TransportState::Lost
    }

    /// When an Ack becomes due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.ack {
            AckState::DueAt(time) => Some(time),
            AckState::Idle | AckState::Due => None,
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if is_over(self.deadline(), now) {
            self.ack = AckState::Due;
        }
    }

    /// Sequence and what is to be repeated, then an Ack that is due.
    pub(super) fn next_record(&mut self, protocol: &dyn HubProtocol) -> Option<Bytes> {
        let first = self.buffer.first_id();
        match self.transport {
            TransportState::Lost => None,
            TransportState::Announcing => {
                self.transport = TransportState::Replaying(first);
                Some(encode(protocol, &HubMessage::Sequence(first.number())))
            }
            TransportState::Replaying(id) => self.replay(id.max(first)).or_else(|| {
                self.transport = TransportState::Attached;
                self.take_ack(protocol)
            }),
            TransportState::Attached => self.take_ack(protocol),
        }
    }

    fn replay(&mut self, id: SequenceId) -> Option<Bytes> {
        let record = self.buffer.record(id)?.clone();
        self.transport = TransportState::Replaying(id.next());
        Some(record)
    }

    fn take_ack(&mut self, protocol: &dyn HubProtocol) -> Option<Bytes> {
        if self.ack != AckState::Due {
            return None;
        }
        self.ack = AckState::Idle;
        let id = self.cursor.take_ack()?;
        Some(encode(protocol, &HubMessage::Ack(id.number())))
    }
}
