//! Connections: what outlives a transport (the session), what leaves for the
//! peer (the outbox), and the task that owns both ends.

mod ask;
mod calls;
mod detached;
mod expiration;
mod held;
mod hooks;
mod inbound;
mod invoke;
mod items;
mod leave;
mod line;
mod outbox;
mod receiver;
mod replace;
mod resume;
mod session;
mod task;
mod texts;
mod transport_slot;
mod write_buffer;

pub(crate) use ask::Answer;
pub(crate) use expiration::expiration;
pub(crate) use outbox::Push;
pub(crate) use receiver::Receiver;
pub(crate) use session::{NewSession, Session, SessionKey};
pub(crate) use task::ConnectionTask;
pub(crate) use transport_slot::{Replacement, SlotPhase, TransportSlot};
pub(crate) use write_buffer::{Framing, WriteBuffer};
