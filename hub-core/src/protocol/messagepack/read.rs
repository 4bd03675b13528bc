//! Reads MessagePack without building values: heads, strings, and whole values
//! as slices.

use std::borrow::Cow;

/// A place in MessagePack bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

/// What stands next, with its length or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Nil,
    Bool(bool),
    Integer(i64),
    /// An unsigned integer above the signed ones.
    Huge,
    /// Bytes of a float.
    Float(usize),
    Str(usize),
    /// Bytes of bin, and of ext with its type.
    Opaque(usize),
    Array(usize),
    Map(usize),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The first byte of the next value.
    pub(super) fn code(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    pub(super) fn array_len(&mut self) -> Option<usize> {
        self.read(|head| {
            if let Head::Array(len) = head {
                Some(len)
            } else {
                None
            }
        })
    }

    pub(super) fn map_len(&mut self) -> Option<usize> {
        self.read(|head| {
            if let Head::Map(len) = head {
                Some(len)
            } else {
                None
            }
        })
    }

    pub(super) fn integer(&mut self) -> Option<i64> {
        self.read(|head| {
            if let Head::Integer(value) = head {
                Some(value)
            } else {
                None
            }
        })
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        self.read(|head| {
            if let Head::Bool(value) = head {
                Some(value)
            } else {
                None
            }
        })
    }

    /// Takes a nil if it is next.
    pub(super) fn take_nil(&mut self) -> bool {
        self.read(|head| (head == Head::Nil).then_some(()))
            .is_some()
    }

    /// Text; bytes that are no UTF-8 are replaced, as by the reference.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let before = self.bytes;
        let text = match self.head() {
            Some(Head::Str(len)) => self.take(len),
            _ => None,
        };
        if text.is_none() {
            self.bytes = before;
        }
        text.map(String::from_utf8_lossy)
    }

    /// Passes one whole value and returns its bytes. A counter stands for the
    /// values that are still to come, so that nesting costs no stack.
    pub(super) fn value(&mut self) -> Option<&'a [u8]> {
        let before = self.bytes;
        let mut pending = 1_usize;
        while pending > 0 {
            pending -= 1;
            let passed = match self.head()? {
                Head::Nil | Head::Bool(_) | Head::Integer(_) | Head::Huge => 0,
                Head::Float(len) | Head::Str(len) | Head::Opaque(len) => len,
                Head::Array(len) => {
                    pending = pending.checked_add(len)?;
                    0
                }
                Head::Map(len) => {
                    pending = pending.checked_add(len.checked_mul(2)?)?;
                    0
                }
            };
            self.take(passed)?;
        }
        Some(&before[..before.len() - self.bytes.len()])
    }

    /// Reads a head that `accept` takes, or nothing.
    fn read<T>(&mut self, accept: impl FnOnce(Head) -> Option<T>) -> Option<T> {
        let before = self.bytes;
        let accepted = self.head().and_then(accept);
        if accepted.is_none() {
            self.bytes = before;
        }
        accepted
    }

    fn head(&mut self) -> Option<Head> {
        let code = self.take(1)?[0];
        Some(match code {
            0x00..=0x7F => Head::Integer(code.into()),
            0x80..=0x8F => Head::Map((code & 0x0F).into()),
            0x90..=0x9F => Head::Array((code & 0x0F).into()),
            0xA0..=0xBF => Head::Str((code & 0x1F).into()),
            0xC0 => Head::Nil,
            0xC1 => return None,
            0xC2 | 0xC3 => Head::Bool(code == 0xC3),
            0xC4..=0xC6 => Head::Opaque(self.len(1 << (code - 0xC4))?),
            0xC7..=0xC9 => Head::Opaque(self.len(1 << (code - 0xC7))?.checked_add(1)?),
            0xCA => Head::Float(4),
            0xCB => Head::Float(8),
            0xCC..=0xCF => self.unsigned(1 << (code - 0xCC))?,
            0xD0..=0xD3 => self.signed(1 << (code - 0xD0))?,
            0xD4..=0xD8 => Head::Opaque((1 << (code - 0xD4)) + 1),
            0xD9..=0xDB => Head::Str(self.len(1 << (code - 0xD9))?),
            0xDC | 0xDD => Head::Array(self.len(2 << (code - 0xDC))?),
            0xDE | 0xDF => Head::Map(self.len(2 << (code - 0xDE))?),
            0xE0..=0xFF => Head::Integer((code as i8).into()),
        })
    }

    fn len(&mut self, width: usize) -> Option<usize> {
        usize::try_from(self.big_endian(width)?).ok()
    }

    fn unsigned(&mut self, width: usize) -> Option<Head> {
        let value = self.big_endian(width)?;
        Some(i64::try_from(value).map_or(Head::Huge, Head::Integer))
    }

    fn signed(&mut self, width: usize) -> Option<Head> {
        let unused = 64 - 8 * width;
        // Shifting up and down again repeats the sign bit.
        let value = (self.big_endian(width)? << unused) as i64 >> unused;
        Some(Head::Integer(value))
    }

    fn big_endian(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width)?;
        Some(
            bytes
                .iter()
                .fold(0, |value, &byte| value << 8 | u64::from(byte)),
        )
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }
}

/// What the reference calls a first byte.
pub(super) fn code_name(code: u8) -> &'static str {
    match code {
        0x00..=0x7F => "positive fixint",
        0x80..=0x8F => "fixmap",
        0x90..=0x9F => "fixarray",
        0xA0..=0xBF => "fixstr",
        0xC0 => "nil",
        0xC1 => "(never used)",
        0xC2 => "false",
        0xC3 => "true",
        0xC4 => "bin 8",
        0xC5 => "bin 16",
        0xC6 => "bin 32",
        0xC7 => "ext 8",
        0xC8 => "ext 16",
        0xC9 => "ext 32",
        0xCA => "float 32",
        0xCB => "float 64",
        0xCC => "uint 8",
        0xCD => "uint 16",
        0xCE => "uint 32",
        0xCF => "uint 64",
        0xD0 => "int 8",
        0xD1 => "int 16",
        0xD2 => "int 32",
        0xD3 => "int 64",
        0xD4 => "fixext 1",
        0xD5 => "fixext 2",
        0xD6 => "fixext 4",
        0xD7 => "fixext 8",
        0xD8 => "fixext 16",
        0xD9 => "str 8",
        0xDA => "str 16",
        0xDB => "str 32",
        0xDC => "array 16",
        0xDD => "array 32",
        0xDE => "map 16",
        0xDF => "map 32",
        0xE0..=0xFF => "negative fixint",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn deep_nesting_costs_no_stack() {
        let nested = [vec![0x91; 100_000], vec![0xC0]].concat();
        assert_eq!(Reader::new(&nested).value(), Some(&*nested));
    }

    #[test]
    fn integers_of_every_width_are_read() {
        for (bytes, value) in [
            (&[0x05][..], 5),
            (&[0xFF], -1),
            (&[0xD1, 0xFF, 0xFE], -2),
            (&[0xCD, 0x01, 0x00], 256),
            (&[0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN),
        ] {
            assert_eq!(Reader::new(bytes).integer(), Some(value));
        }
        assert_eq!(
            Reader::new(&[0xCF, 0xFF, 0, 0, 0, 0, 0, 0, 0]).integer(),
            None
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_passed_or_refused(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            if let Some(value) = reader.value() {
                prop_assert_eq!(value.len() + reader.rest().len(), bytes.len());
            }
        }

        #[test]
        fn it_passes_what_others_write(text: String, numbers: Vec<i64>, float: f64, bytes: Vec<u8>) {
            let value = (text, numbers, float, serde_json::json!({ "bytes": bytes }));
            let mut written = rmp_serde::to_vec_named(&value).unwrap();
            let len = written.len();
            written.push(0xC0);
            prop_assert_eq!(Reader::new(&written).value().map(<[u8]>::len), Some(len));
        }
    }
}
