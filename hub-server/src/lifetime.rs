//! The one path of every targeted send, whoever sends: a hub method, code
//! outside, and later another server.

use std::fmt;
use std::sync::Arc;

use dashmap::DashMap;
use hub_core::connection::Settings;
use hub_core::protocol::{Call, HubProtocol};
use hub_core::serialized::{EncodedMessage, SerializedMessage};
use hub_core::{ConnectionId, EncodeArguments};

use crate::connection::{Answer, Push, Session};
use crate::error::{InvokeError, SendError};
use crate::registry::Registry;
use crate::slow_receiver::SlowReceivers;
use crate::{HubOptions, SlowReceiver, UserId};

/// Everything of a hub that does not depend on its type: settings, and who is
/// connected.
pub(crate) struct HubCore {
    pub(crate) options: HubOptions,
    pub(crate) protocols: Arc<[Arc<dyn HubProtocol>]>,
    pub(crate) settings: Arc<Settings>,
    /// The same for transports on which no pings are sent.
    pub(crate) quiet_settings: Arc<Settings>,
    pub(crate) slow_receivers: SlowReceivers,
    registry: Registry,
    /// Who is asked what, so that an answer by anybody else is noticed.
    questions: DashMap<Box<str>, ConnectionId>,
}

/// Whom a send is for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    All {
        except: Vec<ConnectionId>,
    },
    Client(ConnectionId),
    Clients(Vec<ConnectionId>),
    Group {
        name: String,
        except: Vec<ConnectionId>,
    },
    Groups(Vec<String>),
    Users(Vec<UserId>),
}

impl HubCore {
    pub(crate) fn new(options: HubOptions) -> Self {
        let mut settings = Settings::default();
        settings.handshake_timeout = options.handshake_timeout;
        settings.keep_alive_interval = Some(options.keep_alive_interval);
        settings.peer_timeout = Some(options.client_timeout_interval);
        settings.max_message_size = options.maximum_receive_message_size.unwrap_or(usize::MAX);
        settings.detailed_errors = options.detailed_errors;
        let mut quiet_settings = settings.clone();
        quiet_settings.keep_alive_interval = None;
        Self {
            protocols: options.protocols.clone().into(),
            quiet_settings: Arc::new(quiet_settings),
            settings: Arc::new(settings),
            options,
            slow_receivers: SlowReceivers::default(),
            registry: Registry::default(),
            questions: DashMap::new(),
        }
    }

    pub(crate) fn connect(&self, session: &Arc<Session>) {
        self.registry.insert(session);
    }

    pub(crate) fn disconnect(&self, session: &Session) {
        self.registry.remove(session);
    }

    pub(crate) fn session(&self, id: &ConnectionId) -> Option<Arc<Session>> {
        self.registry.session(id)
    }

    pub(crate) fn connection_count(&self) -> usize {
        self.registry.len()
    }

    pub(crate) fn join(&self, session: &Arc<Session>, group: &str) {
        self.registry.join(session, group);
    }

    pub(crate) fn leave(&self, session: &Session, group: &str) {
        self.registry.leave(session, group);
    }

    /// Queues one message for every target, encoded once per protocol.
    pub(crate) fn send(
        &self,
        target: &Target,
        method: &str,
        arguments: &dyn EncodeArguments,
    ) -> Result<Sent, SendError> {
        let mut message = SerializedMessage::new(Call::to(method), arguments);
        let mut delivery = Delivery {
            core: self,
            message: &mut message,
            crowded: false,
        };
        match target {
            Target::Client(id) => {
                let Some(session) = self.registry.session(id) else {
                    return Ok(Sent::Nowhere);
                };
                let push = delivery.deliver(&session, Session::push)?;
                return Ok(match push {
                    Push::Full => Sent::Waiting(session),
                    Push::Accepted | Push::Crowded => Sent::Settled,
                    Push::Refused => Sent::Nowhere,
                });
            }
            Target::All { except } => {
                delivery.deliver_to_many(&self.registry.everyone(), except)?;
            }
            Target::Clients(ids) => {
                for (at, id) in ids.iter().enumerate() {
                    if !ids[..at].contains(id)
                        && let Some(session) = self.registry.session(id)
                    {
                        delivery.deliver_to_many(&[session], &[])?;
                    }
                }
            }
            Target::Group { name, except } => delivery.deliver_to_group(name, except)?,
            Target::Groups(names) => {
                names
                    .iter()
                    .try_for_each(|name| delivery.deliver_to_group(name, &[]))?;
            }
            Target::Users(users) => {
                for user in users {
                    delivery.deliver_to_many(&self.registry.user(user), &[])?;
                }
            }
        }
        Ok(if delivery.crowded {
            Sent::Crowded
        } else {
            Sent::Settled
        })
    }

    /// Asks one client for a value.
    pub(crate) fn ask(
        self: &Arc<Self>,
        target: &Target,
        method: &str,
        arguments: &dyn EncodeArguments,
    ) -> Result<Answer, InvokeError> {
        let Target::Client(id) = target else {
            unreachable!("only a proxy for one client can ask, and it is made with Target::Client");
        };
        let unknown = || InvokeError::UnknownConnection(id.clone());
        let session = self.registry.session(id).ok_or_else(unknown)?;
        let protocol = session.protocol().ok_or_else(unknown)?;
        Answer::ask(self, session, &*self.protocols[protocol], method, arguments)
    }

    /// Whom the open question `id` was put to.
    pub(crate) fn asked(&self, id: &str) -> Option<ConnectionId> {
        self.questions.get(id).map(|asked| asked.clone())
    }

    pub(crate) fn open_question(&self, id: &str, asked: &ConnectionId) {
        self.questions.insert(id.into(), asked.clone());
    }

    pub(crate) fn close_question(&self, id: &str) {
        self.questions.remove(id);
    }
}

/// One message on its way to its receivers.
struct Delivery<'d, 'm> {
    core: &'d HubCore,
    message: &'d mut SerializedMessage<'m>,
    crowded: bool,
}

impl Delivery<'_, '_> {
    fn deliver(
        &mut self,
        session: &Session,
        push: fn(&Session, EncodedMessage) -> Push,
    ) -> Result<Push, SendError> {
        // Registered connections have shaken hands.
        let Some(index) = session.protocol() else {
            return Ok(Push::Refused);
        };
        let encoded = self
            .message
            .for_protocol(index, &*self.core.protocols[index])?;
        Ok(push(session, encoded.clone()))
    }

    /// A receiver whose queue is full is closed or left out: one that does not
    /// read must neither delay the others nor cost memory without bound.
    fn deliver_to_many(
        &mut self,
        to: &[Arc<Session>],
        but: &[ConnectionId],
    ) -> Result<(), SendError> {
        let policy = self.core.options.slow_receiver;
        let push = match policy {
            SlowReceiver::Disconnect => Session::push,
            SlowReceiver::DropMessages => Session::push_if_room,
        };
        for session in to {
            if but.contains(session.id()) {
                continue;
            }
            match (self.deliver(session, push)?, policy) {
                (Push::Accepted | Push::Refused, _) => {}
                (Push::Crowded, _) => self.crowded = true,
                (Push::Full, SlowReceiver::Disconnect) => session.close_slow_receiver(),
                (Push::Full, SlowReceiver::DropMessages) => {
                    self.core.slow_receivers.count_dropped();
                    self.crowded = true;
                }
            }
        }
        Ok(())
    }

    fn deliver_to_group(&mut self, name: &str, except: &[ConnectionId]) -> Result<(), SendError> {
        if name.is_empty() {
            return Err(SendError::EmptyGroupName);
        }
        self.deliver_to_many(&self.core.registry.group(name), except)
    }
}

/// What is left to do after a message was queued everywhere.
pub(crate) enum Sent {
    Settled,
    /// The one receiver is gone.
    Nowhere,
    /// The one receiver's queue is full.
    Waiting(Arc<Session>),
    /// Some queue is filling up.
    Crowded,
}

impl Sent {
    /// Waits for room at the one receiver. After a send to many it only lets
    /// the receivers' tasks run, so that a loop of sends does not outrun
    /// receivers that are quick enough.
    pub(crate) async fn settle(self) {
        match self {
            Self::Settled => {}
            // Nor does one keep its thread that goes on when nobody receives.
            Self::Nowhere => tokio::task::consume_budget().await,
            Self::Waiting(session) => session.room().await,
            Self::Crowded => tokio::task::yield_now().await,
        }
    }
}

impl fmt::Debug for HubCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubCore")
            .field("connections", &self.connection_count())
            .finish_non_exhaustive()
    }
}
