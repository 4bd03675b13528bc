//! Text framing: each record ends with a record separator.

use super::Next;

/// The byte that ends every record; JSON writers escape it inside.
pub const RECORD_SEPARATOR: u8 = 0x1E;

/// Finds the first record of at most `limit` bytes, separator included.
#[must_use]
pub fn next_record(input: &[u8], limit: usize) -> Next<'_> {
    let window = &input[..input.len().min(limit)];
    match memchr::memchr(RECORD_SEPARATOR, window) {
        Some(end) => Next::Record {
            record: &input[..end],
            consumed: end + 1,
        },
        None if input.len() > limit => Next::TooLong,
        None => Next::Incomplete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_ends_at_its_separator() {
        assert_eq!(
            next_record(b"{}\x1e{", 10),
            Next::Record {
                record: b"{}",
                consumed: 3
            }
        );
        assert_eq!(next_record(b"{}", 10), Next::Incomplete);
    }

    #[test]
    fn the_limit_counts_the_separator() {
        assert_eq!(
            next_record(b"ab\x1e", 3),
            Next::Record {
                record: b"ab",
                consumed: 3
            }
        );
        assert_eq!(next_record(b"abc\x1e", 3), Next::TooLong);
        assert_eq!(next_record(b"abc", 3), Next::Incomplete);
    }
}
