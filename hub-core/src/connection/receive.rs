//! From bytes to events.

use std::time::Instant;

use super::event::{CloseReason, Event};
use super::phase::{self, Agreement, HANDSHAKE_CANCELED, Stage};
use super::{Connection, Role, stateful_reconnect};
use crate::framing::text;
use crate::protocol::HubProtocol;
use crate::{HubMessage, Next};

impl Connection {
    /// Takes the next event off the front of `input` and moves `input` past
    /// what was consumed.
    ///
    /// Call it until it returns `None`; what is then left of `input` has to
    /// stand before what arrives next. Pings, acks and messages of unknown
    /// types are consumed without an event, and so is everything once the
    /// connection is closed.
    pub fn receive<'i>(&mut self, input: &mut &'i [u8], now: Instant) -> Option<Event<'i>> {
        match self.stage {
            Stage::Open(_) => self.receive_message(input, now),
            Stage::Closed(_) => {
                *input = &[];
                None
            }
            Stage::AwaitingRequest(_) | Stage::AwaitingResponse(_) => {
                self.receive_handshake(input, now)
            }
        }
    }

    fn receive_message<'i>(&mut self, input: &mut &'i [u8], now: Instant) -> Option<Event<'i>> {
        loop {
            let Stage::Open(Agreement { protocol, .. }) = &self.stage else {
                return None;
            };
            let limit = self.settings.max_message_size;
            if is_still_incomplete(&**protocol, input, self.incomplete, limit) {
                self.incomplete = input.len();
                return None;
            }
            let decoded = match protocol.next_record(input, limit) {
                Ok(Next::Record { record, consumed }) => {
                    *input = &input[consumed..];
                    self.incomplete = 0;
                    protocol.decode(record)
                }
                Ok(Next::Incomplete) => {
                    self.incomplete = input.len();
                    return None;
                }
                Ok(Next::TooLong) => {
                    return Some(self.close_event(CloseReason::MessageTooLarge { limit }, input));
                }
                Err(error) => Err(error),
            };
            self.restart_peer_timeout(now);
            match decoded {
                Ok(Some(message)) => {
                    if let Some(event) = self.on_message(message, input, now) {
                        return Some(event);
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    return Some(self.close_event(CloseReason::Protocol(error), input));
                }
            }
        }
    }

    fn on_message<'i>(
        &mut self,
        message: HubMessage<'i>,
        input: &mut &'i [u8],
        now: Instant,
    ) -> Option<Event<'i>> {
        if let Some(resumption) = &mut self.resumption {
            match resumption.admit(&message, now) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(self.close_event(CloseReason::Protocol(error), input)),
            }
        }
        Some(match message {
            HubMessage::Invocation(message) => Event::Invocation(message),
            HubMessage::StreamItem(message) => Event::StreamItem(message),
            HubMessage::Completion(message) => Event::Completion(message),
            HubMessage::StreamInvocation(message) if self.role == Role::Server => {
                Event::StreamInvocation(message)
            }
            HubMessage::CancelInvocation(message) if self.role == Role::Server => {
                Event::CancelInvocation(message)
            }
            HubMessage::Ping => {
                self.silence_counts = true;
                return None;
            }
            HubMessage::Close(close) => {
                let reason = CloseReason::PeerClosed {
                    error: close.error.map(Into::into),
                    allow_reconnect: close.allow_reconnect,
                };
                self.close_event(reason, input)
            }
            // Servers ask clients for neither streams nor cancellation, and
            // acks mean nothing without stateful reconnect.
            HubMessage::StreamInvocation(_)
            | HubMessage::CancelInvocation(_)
            | HubMessage::Ack(_)
            | HubMessage::Sequence(_) => return None,
        })
    }

    fn receive_handshake<'i>(&mut self, input: &mut &'i [u8], now: Instant) -> Option<Event<'i>> {
        let record = match text::next_record(input, self.settings.max_message_size) {
            Next::Record { record, consumed } => {
                *input = &input[consumed..];
                record
            }
            Next::Incomplete => return None,
            Next::TooLong => {
                let reason = self.refuse(HANDSHAKE_CANCELED);
                return Some(self.close_event(reason, input));
            }
        };
        let outcome = match &self.stage {
            Stage::AwaitingRequest(offer) => {
                match offer.accept(record, self.settings.detailed_errors) {
                    Ok(accepted) => {
                        if accepted.version < stateful_reconnect::FIRST_VERSION {
                            self.resumption = None;
                        }
                        Ok(accepted.agreement)
                    }
                    Err(text) => Err(self.refuse(&text)),
                }
            }
            Stage::AwaitingResponse(agreement) => {
                phase::check_response(record).map(|()| agreement.clone())
            }
            Stage::Open(_) | Stage::Closed(_) => return None,
        };
        Some(match outcome {
            Ok(agreement) => {
                self.open(agreement, now);
                Event::HandshakeCompleted
            }
            Err(reason) => self.close_event(reason, input),
        })
    }

    fn close_event<'i>(&mut self, reason: CloseReason, input: &mut &'i [u8]) -> Event<'i> {
        *input = &[];
        Event::Closed(self.end(reason))
    }
}

/// Whether `input` begins with a message that was incomplete in its first
/// `known` bytes and still is. Saves searching a long message for its end again
/// with each piece that arrives.
fn is_still_incomplete(
    protocol: &dyn HubProtocol,
    input: &[u8],
    known: usize,
    limit: usize,
) -> bool {
    known > 0
        && input.len() <= limit
        && input
            .get(known..)
            .is_some_and(|fresh| !protocol.may_complete(fresh))
}
