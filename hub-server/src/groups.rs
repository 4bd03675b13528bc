//! Putting connections into named groups and taking them out.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use hub_core::ConnectionId;

use crate::connection::Session;
use crate::lifetime::HubCore;
use crate::place::{InHub, Place};
use crate::{GroupError, HubError};

/// The groups of a hub, for any connection of it.
///
/// A group exists while it has members. Adding a member twice, removing a
/// stranger and unknown connections are no errors and change nothing. A
/// connection leaves all its groups when it ends. `P` says what a failure is:
/// [`GroupError`], or [`HubError`] in a hub.
pub struct Groups<P: Place = InHub> {
    core: Arc<HubCore>,
    place: PhantomData<fn() -> P>,
}

impl<P: Place> Groups<P> {
    pub(crate) fn new(core: Arc<HubCore>) -> Self {
        Self {
            core,
            place: PhantomData,
        }
    }

    /// Puts a connection into a group. Sends that begin later reach it.
    ///
    /// # Errors
    /// None with the groups kept in memory; a backplane may fail.
    pub async fn add(
        &self,
        connection: impl Into<ConnectionId>,
        group: impl AsRef<str>,
    ) -> Result<(), P::Error<GroupError>> {
        if let Some(session) = self.core.session(&connection.into()) {
            self.core.join(&session, group.as_ref());
        }
        Ok(())
    }

    /// Takes a connection out of a group. Sends that begin later miss it.
    ///
    /// # Errors
    /// None with the groups kept in memory; a backplane may fail.
    pub async fn remove(
        &self,
        connection: impl Into<ConnectionId>,
        group: impl AsRef<str>,
    ) -> Result<(), P::Error<GroupError>> {
        if let Some(session) = self.core.session(&connection.into()) {
            self.core.leave(&session, group.as_ref());
        }
        Ok(())
    }
}

impl<P: Place> Clone for Groups<P> {
    fn clone(&self) -> Self {
        Self::new(self.core.clone())
    }
}

impl<P: Place> fmt::Debug for Groups<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Groups(..)")
    }
}

/// The groups of a hub, for the connection that called.
pub struct CallerGroups<'c> {
    core: &'c Arc<HubCore>,
    session: &'c Arc<Session>,
}

impl<'c> CallerGroups<'c> {
    pub(crate) fn new(core: &'c Arc<HubCore>, session: &'c Arc<Session>) -> Self {
        Self { core, session }
    }

    /// Puts the caller into a group. Sends that begin later reach it.
    ///
    /// # Errors
    /// None with the groups kept in memory; a backplane may fail.
    pub async fn add(&self, group: impl AsRef<str>) -> Result<(), HubError> {
        self.core.join(self.session, group.as_ref());
        Ok(())
    }

    /// Takes the caller out of a group. Sends that begin later miss it.
    ///
    /// # Errors
    /// None with the groups kept in memory; a backplane may fail.
    pub async fn remove(&self, group: impl AsRef<str>) -> Result<(), HubError> {
        self.core.leave(self.session, group.as_ref());
        Ok(())
    }

    /// The groups of the hub for any connection.
    #[must_use]
    pub fn of_all(&self) -> Groups {
        Groups::new(self.core.clone())
    }
}

impl fmt::Debug for CallerGroups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallerGroups(..)")
    }
}
