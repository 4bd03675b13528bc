//! Handlers and callbacks that can be taken off again.

use std::fmt;
use std::sync::Arc;

/// What was registered with [`on`] or one of the `on_..` callbacks.
///
/// Dropping it changes nothing: what was registered stays for the life of the
/// connection, reconnects included, until it is removed.
///
/// [`on`]: crate::HubConnection::on
pub struct Registration(Box<dyn FnOnce() + Send + Sync>);

impl Registration {
    pub(crate) fn new(remove: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Box::new(remove))
    }

    /// Takes it off. A run that has begun is finished; no other begins. May be
    /// called from within a handler.
    pub fn remove(self) {
        (self.0)();
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

/// Functions in the order of their registration.
///
/// The list is replaced by each change, so that it can be shared with whoever
/// runs the functions without a lock.
pub(crate) struct Slots<T: ?Sized> {
    last_id: u64,
    entries: Arc<[(u64, Arc<T>)]>,
}

impl<T: ?Sized> Slots<T> {
    pub(crate) fn add(&mut self, entry: Arc<T>) -> u64 {
        self.last_id += 1;
        let added = (self.last_id, entry);
        self.entries = self.entries.iter().cloned().chain([added]).collect();
        self.last_id
    }

    pub(crate) fn remove(&mut self, id: u64) {
        let others = self.entries.iter().filter(|(other, _)| *other != id);
        self.entries = others.cloned().collect();
    }

    pub(crate) fn clear(&mut self) {
        self.entries = Arc::new([]);
    }

    /// What is registered now.
    pub(crate) fn snapshot(&self) -> Arc<[(u64, Arc<T>)]> {
        Arc::clone(&self.entries)
    }
}

impl<T: ?Sized> Default for Slots<T> {
    fn default() -> Self {
        Self {
            last_id: 0,
            entries: Arc::new([]),
        }
    }
}
