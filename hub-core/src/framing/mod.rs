//! Where one hub message ends and the next begins.

pub mod binary;
pub mod text;

/// What stands at the front of the received bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// One whole record.
    Record {
        /// Its content without the framing.
        record: &'a [u8],
        /// How many bytes it takes with the framing.
        consumed: usize,
    },
    /// The record is not complete yet.
    Incomplete,
    /// The record is, or will be, longer than allowed.
    TooLong,
}
