//! The timestamp extension of MessagePack.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serializer};
use serde_bytes::Bytes;

use super::{Timestamp, TimestampError};

/// The type of the timestamp extension in MessagePack.
const EXTENSION: i8 = -1;

/// The name under which rmp-serde takes and gives extensions.
const EXT_STRUCT: &str = "_ExtStruct";

/// In the shortest of its three forms.
pub(super) fn serialize<S: Serializer>(time: Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let nanoseconds = time.nanoseconds;
    match (u32::try_from(time.seconds), u64::try_from(time.seconds)) {
        (Ok(seconds), _) if nanoseconds == 0 => extension(&seconds.to_be_bytes(), serializer),
        (_, Ok(seconds)) if seconds < 1 << 34 => {
            let packed = u64::from(nanoseconds) << 34 | seconds;
            extension(&packed.to_be_bytes(), serializer)
        }
        _ => {
            let mut bytes = [0; 12];
            bytes[..4].copy_from_slice(&nanoseconds.to_be_bytes());
            bytes[4..].copy_from_slice(&time.seconds.to_be_bytes());
            extension(&bytes, serializer)
        }
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timestamp, D::Error> {
    deserializer.deserialize_newtype_struct(EXT_STRUCT, ExtensionVisitor)
}

fn extension<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(EXT_STRUCT, &(EXTENSION, Bytes::new(bytes)))
}

struct ExtensionVisitor;

impl<'de> Visitor<'de> for ExtensionVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a timestamp extension")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Timestamp, D::Error> {
        let (kind, bytes) = <(i8, serde_bytes::ByteBuf)>::deserialize(inner)?;
        let time = if kind == EXTENSION {
            from_extension(&bytes)
        } else {
            None
        };
        time.ok_or_else(|| de::Error::custom(TimestampError))
    }
}

fn from_extension(bytes: &[u8]) -> Option<Timestamp> {
    match bytes.len() {
        4 => Some(Timestamp::from_unix(
            u32::from_be_bytes(bytes.try_into().ok()?).into(),
            0,
        )),
        8 => {
            let packed = u64::from_be_bytes(bytes.try_into().ok()?);
            let seconds = i64::try_from(packed & ((1 << 34) - 1)).ok()?;
            // Thirty bits fit.
            Some(Timestamp::from_unix(seconds, (packed >> 34) as u32))
        }
        12 => {
            let nanoseconds = u32::from_be_bytes(bytes[..4].try_into().ok()?);
            let seconds = i64::from_be_bytes(bytes[4..].try_into().ok()?);
            Some(Timestamp::from_unix(seconds, nanoseconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extensions_are_as_short_as_they_can_be() {
        for (time, bytes) in [
            (
                Timestamp::from_unix(0x5B9A_CA00, 0),
                &b"\xd6\xff\x5b\x9a\xca\x00"[..],
            ),
            (
                Timestamp::from_unix(0x5B9A_CA00, 122_900_400),
                b"\xd7\xff\x1d\x4d\x3e\xc0\x5b\x9a\xca\x00",
            ),
            (
                Timestamp::from_unix(-1, 0),
                b"\xc7\x0c\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
            ),
        ] {
            assert_eq!(rmp_serde::to_vec(&time).unwrap(), bytes);
            assert_eq!(rmp_serde::from_slice::<Timestamp>(bytes).unwrap(), time);
        }
    }

    proptest! {
        #[test]
        fn every_time_round_trips(seconds: i64, nanoseconds: u32) {
            let time = Timestamp::from_unix(seconds, nanoseconds);
            let bytes = rmp_serde::to_vec(&time).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<Timestamp>(&bytes).unwrap(), time);
            // Showing it to a human has no limits.
            prop_assert!(!time.to_string().is_empty());
        }
    }
}
