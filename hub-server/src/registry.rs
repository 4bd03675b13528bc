//! Who is where: the open connections of a hub by id, and its groups and users.
//!
//! The maps are for look-ups by name only. Whoever sends to many takes a shared
//! snapshot of the members and holds no lock meanwhile.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use hub_core::ConnectionId;
use parking_lot::Mutex;

use crate::UserId;
use crate::connection::{Session, SessionKey};

/// The connections of one hub.
#[derive(Default)]
pub(crate) struct Registry {
    by_id: DashMap<ConnectionId, Arc<Session>>,
    everyone: Members,
    groups: Directory<Arc<str>>,
    users: Directory<UserId>,
}

impl Registry {
    pub(crate) fn insert(&self, session: &Arc<Session>) {
        self.by_id.insert(session.id().clone(), session.clone());
        self.everyone.add(session);
        if let Some(user) = session.user_id() {
            self.users.add(user.clone(), session);
        }
    }

    /// Removes a connection from everywhere, its groups included.
    pub(crate) fn remove(&self, session: &Session) {
        self.by_id.remove(session.id());
        self.everyone.remove(session.key());
        if let Some(user) = session.user_id() {
            self.users.remove(user.as_str(), session.key());
        }
        for group in session.close_groups() {
            self.groups.remove(&group, session.key());
        }
    }

    pub(crate) fn session(&self, id: &ConnectionId) -> Option<Arc<Session>> {
        self.by_id.get(id).map(|entry| entry.clone())
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn everyone(&self) -> Arc<[Arc<Session>]> {
        self.everyone.snapshot()
    }

    pub(crate) fn group(&self, name: &str) -> Arc<[Arc<Session>]> {
        self.groups.snapshot(name)
    }

    pub(crate) fn user(&self, id: &UserId) -> Arc<[Arc<Session>]> {
        self.users.snapshot(id.as_str())
    }

    /// Does nothing when the connection is a member already or has ended.
    pub(crate) fn join(&self, session: &Arc<Session>, group: &str) {
        let name: Arc<str> = group.into();
        if session.enter_group(&name) {
            self.groups.add(name.clone(), session);
            // The connection may have ended between the two steps, and its
            // clean-up may have come too early to see this group.
            if session.has_left_groups() {
                self.groups.remove(&name, session.key());
            }
        }
    }

    pub(crate) fn leave(&self, session: &Session, group: &str) {
        if session.exit_group(group) {
            self.groups.remove(group, session.key());
        }
    }
}

/// Sets of connections by name; a set exists while it has members.
struct Directory<N>(DashMap<N, Arc<Members>>);

impl<N: Eq + Hash> Default for Directory<N> {
    fn default() -> Self {
        Self(DashMap::new())
    }
}

impl<N: Eq + Hash + Borrow<str>> Directory<N> {
    fn add(&self, name: N, session: &Arc<Session>) {
        // Under the entry's lock, so that no set is dropped as empty between
        // look-up and add.
        self.0.entry(name).or_default().add(session);
    }

    fn remove(&self, name: &str, key: SessionKey) {
        if let Some(members) = self.0.get(name).map(|entry| entry.clone())
            && members.remove(key)
        {
            self.0.remove_if(name, |_, members| members.is_empty());
        }
    }

    fn snapshot(&self, name: &str) -> Arc<[Arc<Session>]> {
        match self.0.get(name).map(|entry| entry.clone()) {
            Some(members) => members.snapshot(),
            None => Arc::from([]),
        }
    }
}

/// A set of connections: joins and leaves in constant time, and a snapshot that
/// is built when a send needs it and shared until the set changes.
#[derive(Default)]
struct Members(Mutex<MemberList>);

#[derive(Default)]
struct MemberList {
    sessions: Vec<Arc<Session>>,
    index: HashMap<SessionKey, usize>,
    snapshot: Option<Arc<[Arc<Session>]>>,
}

impl Members {
    fn add(&self, session: &Arc<Session>) {
        let mut list = self.0.lock();
        let at = list.sessions.len();
        if let Entry::Vacant(place) = list.index.entry(session.key()) {
            place.insert(at);
            list.sessions.push(session.clone());
            list.snapshot = None;
        }
    }

    /// Whether the set is empty afterwards.
    fn remove(&self, key: SessionKey) -> bool {
        let mut list = self.0.lock();
        if let Some(at) = list.index.remove(&key) {
            list.sessions.swap_remove(at);
            if let Some(moved) = list.sessions.get(at).map(|session| session.key()) {
                list.index.insert(moved, at);
            }
            list.snapshot = None;
        }
        list.sessions.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.0.lock().sessions.is_empty()
    }

    fn snapshot(&self) -> Arc<[Arc<Session>]> {
        let mut list = self.0.lock();
        if let Some(snapshot) = &list.snapshot {
            return snapshot.clone();
        }
        let snapshot: Arc<[Arc<Session>]> = list.sessions.as_slice().into();
        list.snapshot = Some(snapshot.clone());
        snapshot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(sessions: &[Arc<Session>]) -> Vec<&str> {
        let mut ids: Vec<_> = sessions
            .iter()
            .map(|session| session.id().as_str())
            .collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn a_group_lives_while_it_has_members() {
        let registry = Registry::default();
        let [a, b] = ["a", "b"].map(Session::for_tests);
        registry.insert(&a);
        registry.insert(&b);
        registry.join(&a, "g");
        registry.join(&a, "g");
        registry.join(&b, "g");
        assert_eq!(keys(&registry.group("g")), ["a", "b"]);
        registry.leave(&a, "g");
        assert_eq!(keys(&registry.group("g")), ["b"]);
        registry.remove(&b);
        assert!(registry.group("g").is_empty());
        assert!(registry.groups.0.is_empty());
        assert_eq!(keys(&registry.everyone()), ["a"]);
    }

    #[test]
    fn an_ended_connection_joins_nothing() {
        let registry = Registry::default();
        let session = Session::for_tests("a");
        registry.insert(&session);
        registry.remove(&session);
        registry.join(&session, "g");
        assert!(registry.groups.0.is_empty());
    }

    /// A client may be let into any number: with a search through all of them
    /// this takes minutes.
    #[test]
    fn the_cost_of_a_group_does_not_grow_with_their_number() {
        let started = std::time::Instant::now();
        let registry = Registry::default();
        let session = Session::for_tests("a");
        registry.insert(&session);
        let names = (0..100_000).map(|number| format!("group {number}"));
        let names: Vec<_> = names.collect();
        names.iter().for_each(|name| registry.join(&session, name));
        names.iter().for_each(|name| registry.leave(&session, name));
        assert!(registry.groups.0.is_empty());
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
    }

    #[test]
    fn snapshots_are_shared_until_the_set_changes() {
        let registry = Registry::default();
        registry.insert(&Session::for_tests("a"));
        let first = registry.everyone();
        assert!(Arc::ptr_eq(&first, &registry.everyone()));
        registry.insert(&Session::for_tests("b"));
        assert_eq!((first.len(), registry.everyone().len()), (1, 2));
    }
}
