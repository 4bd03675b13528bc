//! Points in time as both protocols write them.

mod extension;
mod text;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, UTC, in ticks of 100 nanoseconds, as .NET counts it.
///
/// In JSON it is text such as `2016-05-10T13:51:20.123Z`, with at most seven
/// digits of a fraction; text with an offset is read and converted. In
/// MessagePack it is the timestamp extension in its shortest form. These are the
/// forms that .NET uses for its `DateTime`.
///
/// ```
/// use hub_core::Timestamp;
///
/// let time = Timestamp::from_unix(1_462_888_280, 123_000_000);
/// assert_eq!(serde_json::to_string(&time)?, "\"2016-05-10T13:51:20.123Z\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanoseconds: u32,
}

const NANOSECONDS: u32 = 1_000_000_000;

/// Nanoseconds of a tick.
const TICK: u32 = 100;

impl Timestamp {
    /// Seconds since 1970, and nanoseconds within the second. More of those than
    /// a second has are carried over, parts of a tick cut off.
    #[must_use]
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let carried = i64::from(nanoseconds / NANOSECONDS);
        Self {
            seconds: seconds.saturating_add(carried),
            nanoseconds: nanoseconds % NANOSECONDS / TICK * TICK,
        }
    }

    /// Seconds since 1970, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second.
    #[must_use]
    pub fn subsec_nanoseconds(self) -> u32 {
        self.nanoseconds
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self::from_unix(
                i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                after.subsec_nanos(),
            ),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                match before.subsec_nanos() {
                    0 => Self::from_unix(-whole, 0),
                    rest => Self::from_unix(-whole - 1, NANOSECONDS - rest),
                }
            }
        }
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampError;

    fn try_from(time: Timestamp) -> Result<Self, TimestampError> {
        let seconds = Duration::from_secs(time.seconds.unsigned_abs());
        let whole = if time.seconds < 0 {
            UNIX_EPOCH.checked_sub(seconds)
        } else {
            UNIX_EPOCH.checked_add(seconds)
        };
        let rest = Duration::from_nanos(time.nanoseconds.into());
        whole
            .and_then(|whole| whole.checked_add(rest))
            .ok_or(TimestampError)
    }
}

/// Something that is no point in time, or none that can be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a point in time")]
pub struct TimestampError;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            text::serialize(*self, serializer)
        } else {
            extension::serialize(*self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            text::deserialize(deserializer)
        } else {
            extension::deserialize(deserializer)
        }
    }
}
