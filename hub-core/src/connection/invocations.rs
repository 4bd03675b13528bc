//! Calls that we made and that the peer has yet to complete.

use std::collections::BTreeMap;
use std::fmt;

/// The id of one of our calls or upload streams: on the wire a decimal number,
/// counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u64);

impl CallId {
    /// The id that the peer wrote. `None` when it cannot be one of ours, since
    /// we would have written it another way.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let canonical = digits.first().is_some_and(|&first| first != b'0')
            && digits.iter().all(u8::is_ascii_digit);
        if canonical {
            text.parse().ok().map(Self)
        } else {
            None
        }
    }

    /// How it is written, without an allocation.
    #[must_use]
    pub fn to_text(self) -> CallIdText {
        CallIdText::new(self.0)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A [`CallId`] as text.
#[derive(Clone, Copy)]
pub struct CallIdText {
    digits: [u8; Self::MAX_LEN],
    start: u8,
}

impl CallIdText {
    /// The digits of 2^64 - 1.
    const MAX_LEN: usize = 20;

    fn new(mut number: u64) -> Self {
        let mut digits = [b'0'; Self::MAX_LEN];
        let mut start = Self::MAX_LEN;
        loop {
            start -= 1;
            // A remainder below ten fits a byte.
            digits[start] += (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        Self {
            digits,
            start: start as u8,
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[usize::from(self.start)..])
            .expect("only ASCII digits are ever written")
    }
}

impl std::ops::Deref for CallIdText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for CallIdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// One result: stream items are a mistake of the peer.
    Single,
    /// Items, then the end.
    Stream,
}

/// The calls that wait for the peer, by id.
///
/// `T` is where the answer goes. The ids are ours and counted, so a peer can
/// only ask for one that exists or not. The table grows with the calls that the
/// application makes and does not await the end of.
#[derive(Debug)]
pub struct PendingCalls<T> {
    last_id: u64,
    calls: BTreeMap<CallId, (CallKind, T)>,
}

impl<T> PendingCalls<T> {
    /// No calls; costs no allocation. The first id is 1.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            last_id: 0,
            calls: BTreeMap::new(),
        }
    }

    /// A fresh id, for a call or for an upload stream.
    pub fn next_id(&mut self) -> CallId {
        self.last_id += 1;
        CallId(self.last_id)
    }

    /// Notes that the call `id` waits.
    pub fn insert(&mut self, id: CallId, kind: CallKind, reply: T) {
        self.calls.insert(id, (kind, reply));
    }

    /// The call that the peer names `id`.
    pub fn get_mut(&mut self, id: &str) -> Option<(CallKind, &mut T)> {
        let (kind, reply) = self.calls.get_mut(&CallId::parse(id)?)?;
        Some((*kind, reply))
    }

    /// Takes out the call that the peer names `id`: it is complete.
    pub fn remove(&mut self, id: &str) -> Option<(CallKind, T)> {
        self.calls.remove(&CallId::parse(id)?)
    }

    /// Takes out one of our calls that is no longer wanted.
    pub fn cancel(&mut self, id: CallId) -> Option<(CallKind, T)> {
        self.calls.remove(&id)
    }

    /// Takes out every call in the order of their ids, for the end of the
    /// connection. Ids go on counting.
    pub fn drain(&mut self) -> impl Iterator<Item = (CallId, CallKind, T)> + use<T> {
        std::mem::take(&mut self.calls)
            .into_iter()
            .map(|(id, (kind, reply))| (id, kind, reply))
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

impl<T> Default for PendingCalls<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_from_one() {
        let mut calls = PendingCalls::<()>::new();
        assert_eq!(&*calls.next_id().to_text(), "1");
        assert_eq!(calls.next_id().to_string(), "2");
    }

    #[test]
    fn ids_are_written_and_read_alike() {
        for number in [1, 9, 10, 1234567890, u64::MAX] {
            let id = CallId(number);
            assert_eq!(id.to_text().as_str(), number.to_string());
            assert_eq!(CallId::parse(&id.to_text()), Some(id));
        }
    }

    #[test]
    fn other_spellings_of_an_id_are_not_ours() {
        for text in [
            "",
            "0",
            "01",
            "+1",
            "-1",
            "1 ",
            "s1",
            "1.0",
            "18446744073709551616",
        ] {
            assert_eq!(CallId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_call_is_answered_once() {
        let mut calls = PendingCalls::new();
        let id = calls.next_id();
        calls.insert(id, CallKind::Stream, 'x');
        assert_eq!(calls.get_mut("1"), Some((CallKind::Stream, &mut 'x')));
        assert_eq!(calls.remove("2"), None);
        assert_eq!(calls.remove("1"), Some((CallKind::Stream, 'x')));
        assert_eq!(calls.remove("1"), None);
    }

    #[test]
    fn a_cancelled_call_is_unknown_to_the_peer() {
        let mut calls = PendingCalls::new();
        let id = calls.next_id();
        calls.insert(id, CallKind::Single, ());
        assert_eq!(calls.cancel(id), Some((CallKind::Single, ())));
        assert!(calls.get_mut("1").is_none());
    }

    #[test]
    fn draining_keeps_the_counter() {
        let mut calls = PendingCalls::new();
        let id = calls.next_id();
        calls.insert(id, CallKind::Single, 7);
        let drained: Vec<_> = calls.drain().collect();
        assert_eq!(drained, [(id, CallKind::Single, 7)]);
        assert!(calls.is_empty());
        assert_eq!(calls.next_id().to_string(), "2");
    }
}
