//! Binary framing: each record is preceded by its length as a VarInt.
//!
//! Seven bits a byte, least significant group first, the high bit set when more
//! follow; at most five bytes and 2^31 - 1 bytes of record.

use super::Next;
use crate::DecodeError;

/// The longest prefix.
pub const MAX_PREFIX_LEN: usize = 5;

/// Finds the first record; `limit` bounds its length with the prefix.
///
/// # Errors
/// When the prefix promises more than 2 GiB.
pub fn next_record(input: &[u8], limit: usize) -> Result<Next<'_>, DecodeError> {
    let Some((prefix, len)) = read_prefix(input)? else {
        return Ok(if input.len() > limit {
            Next::TooLong
        } else {
            Next::Incomplete
        });
    };
    let consumed = prefix + len;
    Ok(if consumed > limit {
        Next::TooLong
    } else if let Some(record) = input.get(prefix..consumed) {
        Next::Record { record, consumed }
    } else {
        Next::Incomplete
    })
}

/// Writes the prefix of a record of `len` bytes; returns how many of the bytes
/// are used.
#[must_use]
pub fn prefix(len: usize) -> ([u8; MAX_PREFIX_LEN], usize) {
    let mut bytes = [0; MAX_PREFIX_LEN];
    let mut rest = len;
    let mut used = 0;
    loop {
        // The mask leaves seven bits, so nothing is cut off.
        bytes[used] = (rest & 0x7F) as u8;
        rest >>= 7;
        used += 1;
        if rest == 0 || used == MAX_PREFIX_LEN {
            return (bytes, used);
        }
        bytes[used - 1] |= 0x80;
    }
}

fn read_prefix(input: &[u8]) -> Result<Option<(usize, usize)>, DecodeError> {
    let mut len = 0;
    for (index, &byte) in input.iter().take(MAX_PREFIX_LEN).enumerate() {
        if index == MAX_PREFIX_LEN - 1 && byte > 0x07 {
            return Err(DecodeError::new(
                "FormatException",
                "Messages over 2GB in size are not supported.",
            ));
        }
        len |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((index + 1, len)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_as_short_as_they_can_be() {
        for (len, bytes) in [
            (127, &[0x7F][..]),
            (128, &[0x80, 0x01]),
            (300, &[0xAC, 0x02]),
            (2_147_483_647, &[0xFF, 0xFF, 0xFF, 0xFF, 0x07]),
        ] {
            let (written, used) = prefix(len);
            assert_eq!(&written[..used], bytes);
            assert_eq!(read_prefix(bytes), Ok(Some((used, len))));
        }
    }

    #[test]
    fn more_than_two_gigabytes_are_refused() {
        assert!(next_record(&[0xFF, 0xFF, 0xFF, 0xFF, 0x08], usize::MAX).is_err());
        assert_eq!(next_record(&[0xFF; 4], 100), Ok(Next::Incomplete));
    }

    #[test]
    fn the_limit_counts_the_prefix() {
        assert_eq!(
            next_record(&[2, 7, 8, 9], 3),
            Ok(Next::Record {
                record: &[7, 8],
                consumed: 3
            })
        );
        assert_eq!(next_record(&[3, 7], 3), Ok(Next::TooLong));
    }
}
