//! Whom the server can send to, and the calls it makes on them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use hub_core::{ConnectionId, EncodeArguments};
use serde::de::DeserializeOwned;

use crate::connection::Session;
use crate::dispatch::CallId;
use crate::error::{InvokeError, SendError};
use crate::lifetime::{HubCore, Target};
use crate::place::{InHub, Place};
use crate::{Hub, HubCaller, UserId};

/// What the server may call on its clients.
///
/// `#[hub_client]` makes an implementation with one method for each call;
/// [`AnyClient`] calls by name.
pub trait HubClient: 'static {
    /// What a selector returns: calls on one client, or on many.
    type Proxy<R: Reach>: From<ClientProxy<R>>;
}

/// A client whose methods are called by name.
#[derive(Debug)]
pub enum AnyClient {}

impl HubClient for AnyClient {
    type Proxy<R: Reach> = ClientProxy<R>;
}

/// How many clients a proxy reaches; implemented by [`One`] and [`Many`].
pub trait Reach: sealed::Reach + Send + Sync + 'static {
    /// From where they are called.
    type Place: Place;
}

/// One connection: it can be asked for a value.
#[derive(Debug)]
pub struct One<P = InHub>(PhantomData<fn() -> P>);

/// Any number of connections: they can only be sent to.
#[derive(Debug)]
pub struct Many<P = InHub>(PhantomData<fn() -> P>);

impl<P: Place> Reach for One<P> {
    type Place = P;
}

impl<P: Place> Reach for Many<P> {
    type Place = P;
}

mod sealed {
    pub trait Reach {}
    impl<P> Reach for super::One<P> {}
    impl<P> Reach for super::Many<P> {}
}

/// Calls on the clients that a selector chose.
///
/// Cheap to clone. Targets that do not exist (an unknown connection, an empty
/// group) are no error: nobody is told.
pub struct ClientProxy<R> {
    core: Arc<HubCore>,
    target: Target,
    asker: Asker,
    reach: PhantomData<fn() -> R>,
}

/// On whose behalf a client is asked: a method that asks gives up its place in
/// the line of calls, or the answer could wait behind it for ever.
#[derive(Clone)]
pub(crate) enum Asker {
    /// Code outside of any call.
    Outside,
    /// `on_connected`, during which nothing is received.
    Connecting,
    /// A running method.
    Call { session: Arc<Session>, call: CallId },
}

impl<R: Reach> ClientProxy<R> {
    pub(crate) fn new(core: Arc<HubCore>, target: Target, asker: Asker) -> Self {
        Self {
            core,
            target,
            asker,
            reach: PhantomData,
        }
    }

    /// Calls `method` on every target and waits for no answer.
    ///
    /// The arguments are a tuple, also a single one: `("hello",)`. They are
    /// encoded once for each protocol in use. When the future is ready the
    /// message stands in the queue of every target; it is then sent in order,
    /// but whether it arrives is not known. A send to one connection waits while
    /// that connection's queue is full.
    ///
    /// # Errors
    /// When an argument cannot be encoded; then nobody receives anything.
    pub async fn send(
        &self,
        method: &str,
        arguments: impl EncodeArguments + Send,
    ) -> Result<(), SendError> {
        self.core
            .send(&self.target, method, &arguments)?
            .settle()
            .await;
        Ok(())
    }
}

impl<P: Place> ClientProxy<One<P>> {
    /// Calls `method` on the one client and waits for its answer.
    ///
    /// There is no time limit of its own: wrap it in a timeout, or drop the
    /// future, and a late answer is ignored.
    ///
    /// ```
    /// use hub_server::{AnyClient, HubContext, InvokeError};
    /// # use hub_server::Hub;
    ///
    /// async fn ask<H>(context: &HubContext<H>, connection: &str) -> Result<(), InvokeError>
    /// where
    ///     H: Hub<Client = AnyClient>,
    /// {
    ///     let client = context.clients().client(connection);
    ///     if client.invoke::<bool>("Confirm", ("Sure?",)).await? {
    ///         println!("{connection} is sure");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// When the client is not there, goes away, answers with an error, or with
    /// something that is no `T`.
    pub async fn invoke<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: impl EncodeArguments + Send,
    ) -> Result<T, InvokeError> {
        match &self.asker {
            Asker::Connecting => return Err(InvokeError::WhileConnecting),
            Asker::Call { session, call } => session.release_slot(*call),
            Asker::Outside => {}
        }
        let answer = self.core.ask(&self.target, method, &arguments)?.await?;
        answer
            .decode()
            .map_err(|cause| InvokeError::wrong_type::<T>(&cause))
    }
}

impl<R> Clone for ClientProxy<R> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
            target: self.target.clone(),
            asker: self.asker.clone(),
            reach: PhantomData,
        }
    }
}

impl<R> fmt::Debug for ClientProxy<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientProxy").field(&self.target).finish()
    }
}

type Proxy<H, R> = <<H as Hub>::Client as HubClient>::Proxy<R>;

/// Every connection of a hub, to choose from.
///
/// Selectors make a proxy and look nobody up; that happens at the send. Names
/// and ids are compared exactly. `P` says what a failure is: see [`Place`].
pub struct Clients<H: Hub, P: Place = InHub> {
    core: Arc<HubCore>,
    asker: Asker,
    hub: PhantomData<fn() -> (H, P)>,
}

impl<H: Hub, P: Place> Clients<H, P> {
    pub(crate) fn new(core: Arc<HubCore>, asker: Asker) -> Self {
        Self {
            core,
            asker,
            hub: PhantomData,
        }
    }

    fn proxy<R: Reach>(&self, target: Target) -> Proxy<H, R> {
        ClientProxy::new(self.core.clone(), target, self.asker.clone()).into()
    }

    /// Every connection.
    #[must_use]
    pub fn all(&self) -> Proxy<H, Many<P>> {
        self.proxy(Target::All { except: Vec::new() })
    }

    /// Every connection but these.
    pub fn all_except<I>(&self, connections: I) -> Proxy<H, Many<P>>
    where
        I: IntoIterator<Item: Into<ConnectionId>>,
    {
        self.proxy(Target::All {
            except: collect(connections),
        })
    }

    /// One connection, which can also be asked for a value.
    pub fn client(&self, connection: impl Into<ConnectionId>) -> Proxy<H, One<P>> {
        self.proxy(Target::Client(connection.into()))
    }

    /// These connections, each once.
    pub fn clients<I>(&self, connections: I) -> Proxy<H, Many<P>>
    where
        I: IntoIterator<Item: Into<ConnectionId>>,
    {
        self.proxy(Target::Clients(collect(connections)))
    }

    /// The members of a group.
    pub fn group(&self, name: impl Into<String>) -> Proxy<H, Many<P>> {
        self.proxy(Target::Group {
            name: name.into(),
            except: Vec::new(),
        })
    }

    /// The members of a group but these.
    pub fn group_except<I>(&self, name: impl Into<String>, connections: I) -> Proxy<H, Many<P>>
    where
        I: IntoIterator<Item: Into<ConnectionId>>,
    {
        self.proxy(Target::Group {
            name: name.into(),
            except: collect(connections),
        })
    }

    /// The members of several groups; who is in two of them is told twice, as
    /// by the reference.
    pub fn groups<I>(&self, names: I) -> Proxy<H, Many<P>>
    where
        I: IntoIterator<Item: Into<String>>,
    {
        self.proxy(Target::Groups(collect(names)))
    }

    /// Every connection of a user.
    pub fn user(&self, user: impl Into<UserId>) -> Proxy<H, Many<P>> {
        self.proxy(Target::Users(vec![user.into()]))
    }

    /// Every connection of these users.
    pub fn users<I>(&self, users: I) -> Proxy<H, Many<P>>
    where
        I: IntoIterator<Item: Into<UserId>>,
    {
        self.proxy(Target::Users(collect(users)))
    }
}

impl<H: Hub, P: Place> fmt::Debug for Clients<H, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients(..)")
    }
}

/// Every connection of a hub, seen from one of them: all of [`Clients`], the
/// caller, and the others.
pub struct HubCallerClients<'c, H: Hub> {
    clients: Clients<H>,
    caller: &'c HubCaller<H>,
}

impl<'c, H: Hub> HubCallerClients<'c, H> {
    pub(crate) fn new(caller: &'c HubCaller<H>) -> Self {
        let core = caller.runtime.core().clone();
        Self {
            clients: Clients::new(core, caller.asker.clone()),
            caller,
        }
    }

    /// The connection that called.
    #[must_use]
    pub fn caller(&self) -> Proxy<H, One> {
        self.clients.client(self.caller.connection_id())
    }

    /// Every connection but the one that called.
    #[must_use]
    pub fn others(&self) -> Proxy<H, Many> {
        self.clients.all_except([self.caller.connection_id()])
    }

    /// The members of a group but the connection that called.
    pub fn others_in_group(&self, name: impl Into<String>) -> Proxy<H, Many> {
        self.clients
            .group_except(name, [self.caller.connection_id()])
    }
}

impl<H: Hub> std::ops::Deref for HubCallerClients<'_, H> {
    type Target = Clients<H>;

    fn deref(&self) -> &Clients<H> {
        &self.clients
    }
}

impl<H: Hub> fmt::Debug for HubCallerClients<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubCallerClients(..)")
    }
}

fn collect<T, I: IntoIterator<Item: Into<T>>>(items: I) -> Vec<T> {
    items.into_iter().map(Into::into).collect()
}
