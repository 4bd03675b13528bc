//! What the peer has started and we keep under the peer's ids.
//!
//! The ids are the peer's to choose, so look-ups must not depend on them being
//! harmless: the tables are ordered trees, which no choice of ids slows down.

use std::collections::BTreeMap;

/// The streams that the peer is sending to us, by stream id.
///
/// `T` is where the items go. The table has no bound of its own: drivers
/// compare [`len`](Self::len) with theirs before they open another.
#[derive(Debug)]
pub struct OpenStreams<T>(ById<T>);

/// The peer used the id of a stream that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream id is already in use")]
pub struct StreamIdInUse;

impl<T> OpenStreams<T> {
    /// No streams; costs no allocation.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// When the id is in use; the open stream stays as it is.
    pub fn open(&mut self, id: &str, stream: T) -> Result<(), StreamIdInUse> {
        insert_new(&mut self.0, id, stream).ok_or(StreamIdInUse)
    }

    /// The open stream `id`.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Closes the stream `id` and gives it back.
    pub fn close(&mut self, id: &str) -> Option<T> {
        self.0.remove(id)
    }

    /// Closes every stream, for the end of the connection.
    pub fn drain(&mut self) -> impl Iterator<Item = (Box<str>, T)> + use<T> {
        std::mem::take(&mut self.0).into_iter()
    }

    /// Whether `id` belongs to a open stream.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Keeps those for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|_, stream| keep(stream));
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for OpenStreams<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The peer's calls that run here and that it may cancel, by invocation id.
///
/// `T` is how to stop one. The table has no bound of its own: drivers compare
/// [`len`](Self::len) with theirs before they start another.
#[derive(Debug)]
pub struct RunningInvocations<T>(ById<T>);

/// The peer used the id of a call that still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invocation id is already in use")]
pub struct InvocationIdInUse;

impl<T> RunningInvocations<T> {
    /// No calls; costs no allocation.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Notes that a call runs.
    ///
    /// # Errors
    /// When the id is in use; the running call stays as it is.
    pub fn start(&mut self, id: &str, call: T) -> Result<(), InvocationIdInUse> {
        insert_new(&mut self.0, id, call).ok_or(InvocationIdInUse)
    }

    /// The running call `id`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.0.get(id)
    }

    /// Forgets the call `id`, which is over, and gives it back.
    pub fn finish(&mut self, id: &str) -> Option<T> {
        self.0.remove(id)
    }

    /// Forgets every call, for the end of the connection.
    pub fn drain(&mut self) -> impl Iterator<Item = (Box<str>, T)> + use<T> {
        std::mem::take(&mut self.0).into_iter()
    }

    /// Whether `id` belongs to a running call.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Keeps those for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|_, call| keep(call));
    }

    /// How many run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for RunningInvocations<T> {
    fn default() -> Self {
        Self::new()
    }
}

type ById<T> = BTreeMap<Box<str>, T>;

fn insert_new<T>(table: &mut ById<T>, id: &str, value: T) -> Option<()> {
    if table.contains_key(id) {
        return None;
    }
    table.insert(id.into(), value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_stream_keeps_its_id() {
        let mut streams = OpenStreams::new();
        assert_eq!(streams.open("a", 1), Ok(()));
        assert_eq!(streams.open("a", 2), Err(StreamIdInUse));
        assert_eq!(streams.get_mut("a"), Some(&mut 1));
        assert_eq!(streams.close("a"), Some(1));
        assert_eq!(streams.close("a"), None);
        assert_eq!(streams.open("a", 2), Ok(()));
    }

    #[test]
    fn a_running_invocation_keeps_its_id() {
        let mut running = RunningInvocations::new();
        assert_eq!(running.start("7", 'x'), Ok(()));
        assert_eq!(running.start("7", 'y'), Err(InvocationIdInUse));
        assert_eq!(running.get("7"), Some(&'x'));
        assert_eq!(running.finish("7"), Some('x'));
        assert!(running.is_empty());
    }

    #[test]
    fn draining_empties_the_tables() {
        let mut streams = OpenStreams::new();
        streams.open("a", 1).unwrap();
        streams.open("b", 2).unwrap();
        assert_eq!(streams.drain().map(|(_, value)| value).sum::<i32>(), 3);
        assert_eq!(streams.len(), 0);
        let mut running = RunningInvocations::new();
        running.start("c", ()).unwrap();
        assert_eq!(running.drain().count(), 1);
        assert!(running.is_empty());
    }
}
