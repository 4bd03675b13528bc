//! Names and values that travel beside a message, such as trace context.

use std::borrow::Cow;

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Names and values that travel beside a message; mostly empty.
///
/// Every name is there once. A peer may send as many as fit a message, so that
/// nothing here takes time that grows with the square of their number.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Headers<'a>(Vec<Pair<'a>>);

impl<'a> Headers<'a> {
    /// No headers; costs no allocation.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sets `name`, replacing a former value: the last one wins.
    pub fn insert(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }

    /// These pairs, whose names have to differ from each other.
    ///
    /// # Errors
    /// The first name that is there again.
    pub(crate) fn distinct(mut pairs: Vec<Pair<'a>>) -> Result<Self, Cow<'a, str>> {
        let by_name = by_name(&pairs);
        let again = by_name
            .windows(2)
            .filter(|two| pairs[two[0]].0 == pairs[two[1]].0)
            .map(|two| two[1])
            .min();
        match again {
            None => Ok(Self(pairs)),
            Some(index) => Err(pairs.swap_remove(index).0),
        }
    }

    /// The value of `name`, compared exactly.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Names and values in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Of a name that comes several times the last value counts.
impl<'a> FromIterator<Pair<'a>> for Headers<'a> {
    fn from_iter<I: IntoIterator<Item = Pair<'a>>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        let by_name = by_name(&pairs);
        let repeated: Vec<&[usize]> = by_name
            .chunk_by(|&one, &next| pairs[one].0 == pairs[next].0)
            .filter(|same| same.len() > 1)
            .collect();
        if repeated.is_empty() {
            return Self(pairs);
        }
        let mut keep = vec![true; pairs.len()];
        for same in repeated {
            let last = same[same.len() - 1];
            pairs[same[0]].1 = std::mem::take(&mut pairs[last].1);
            same[1..].iter().for_each(|&index| keep[index] = false);
        }
        let mut keep = keep.into_iter();
        pairs.retain(|_| keep.next().unwrap_or(true));
        Self(pairs)
    }
}

/// Positions sorted by name; those of one name in their order.
fn by_name(pairs: &[Pair<'_>]) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..pairs.len()).collect();
    positions.sort_by(|&one, &other| pairs[one].0.cmp(&pairs[other].0));
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &'static str) -> Vec<Pair<'static>> {
        let pair = |pair: &'static str| {
            let (name, value) = pair.split_at(1);
            (name.into(), value.into())
        };
        text.split_whitespace().map(pair).collect()
    }

    #[test]
    fn the_last_value_of_a_name_counts_at_the_place_of_the_first() {
        let headers: Headers<'_> = pairs("b1 a2 c3 b4 a5 b6").into_iter().collect();
        let mut inserted = Headers::new();
        for (name, value) in pairs("b1 a2 c3 b4 a5 b6") {
            inserted.insert(name, value);
        }
        assert_eq!(headers, inserted);
        assert_eq!(
            headers.iter().collect::<Vec<_>>(),
            [("b", "6"), ("a", "5"), ("c", "3")]
        );
        assert_eq!((headers.len(), headers.value("a")), (3, Some("5")));
    }

    #[test]
    fn distinct_names_are_asked_for_in_vain_where_one_comes_again() {
        assert_eq!(
            Headers::distinct(pairs("a1 b2")).map(|all| all.len()),
            Ok(2)
        );
        let again = Headers::distinct(pairs("b1 a2 b3 a4"));
        assert_eq!(again, Err("b".into()));
    }
}
