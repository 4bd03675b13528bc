//! Points in time as both protocols write them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::Bytes;

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

/// ISO 8601 with `Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.seconds.div_euclid(DAY);
        let second = self.seconds.rem_euclid(DAY);
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        // Ticks of 100 ns, without trailing zeros.
        let ticks = format!("{:07}", self.nanoseconds / 100);
        match ticks.trim_end_matches('0') {
            "" => f.write_str("Z"),
            fraction => write!(f, ".{fraction}Z"),
        }
    }
}

/// ISO 8601: a date, or a date and a time with or without fraction and offset.
impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        parse(text).ok_or(TimestampError)
    }
}

const DAY: i64 = 86_400;

fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day);
    if !in_range {
        return None;
    }
    let midnight = days_before(year, month, day) * DAY;
    if time.is_empty() {
        return (!text.contains('T')).then(|| Timestamp::from_unix(midnight, 0));
    }
    let (time, offset) = split_offset(time)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = midnight + hour * 3600 + minute * 60 + second - offset;
    Some(Timestamp::from_unix(seconds, fraction_of(fraction)?))
}

/// Three numbers with their numbers of digits, nothing else.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut found = [0; 3];
    for (number, digits) in found.iter_mut().zip(digits) {
        *number = digits_of(parts.next()?, digits)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits_of(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// The time, and the seconds by which its clock is ahead: at most 14 hours.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, offset) = time.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes) = (digits_of(hours, 2)?, digits_of(minutes, 2)?);
    let ahead = hours * 3600 + minutes * 60;
    if minutes > 59 || ahead > 14 * 3600 {
        return None;
    }
    let behind = offset.starts_with('-');
    Some((time, if behind { -ahead } else { ahead }))
}

/// Digits beyond the nanoseconds are cut off.
fn fraction_of(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{:0<9}", &digits[..digits.len().min(9)])
        .parse()
        .ok()
}

fn days_of(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, by counting years from March on, so that the leap day
/// comes last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let from_march = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * from_march + 2) / 5 + day - 1 - DAYS_TO_EPOCH
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

/// The inverse of [`days_before`].
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_EPOCH;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The type of the timestamp extension in MessagePack.
const EXTENSION: i8 = -1;

/// The name under which rmp-serde takes and gives extensions.
const EXT_STRUCT: &str = "_ExtStruct";

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let nanoseconds = self.nanoseconds;
        match (u32::try_from(self.seconds), u64::try_from(self.seconds)) {
            (Ok(seconds), _) if nanoseconds == 0 => extension(&seconds.to_be_bytes(), serializer),
            (_, Ok(seconds)) if seconds < 1 << 34 => {
                let packed = u64::from(nanoseconds) << 34 | seconds;
                extension(&packed.to_be_bytes(), serializer)
            }
            _ => {
                let mut bytes = [0; 12];
                bytes[..4].copy_from_slice(&nanoseconds.to_be_bytes());
                bytes[4..].copy_from_slice(&self.seconds.to_be_bytes());
                extension(&bytes, serializer)
            }
        }
    }
}

fn extension<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct(EXT_STRUCT, &(EXTENSION, Bytes::new(bytes)))
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(TextVisitor)
        } else {
            deserializer.deserialize_newtype_struct(EXT_STRUCT, ExtensionVisitor)
        }
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date or time in ISO 8601")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(E::custom)
    }
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
    fn text_is_read_and_written_as_by_dotnet() {
        for (read, written) in [
            ("2017-04-11T00:00:00Z", "2017-04-11T00:00:00Z"),
            ("2016-05-10T13:51:20.123Z", "2016-05-10T13:51:20.123Z"),
            ("2016-05-10T13:51:20+12:34", "2016-05-10T01:17:20Z"),
            ("2016-05-10", "2016-05-10T00:00:00Z"),
            (
                "2000-02-29T23:59:59.12345678",
                "2000-02-29T23:59:59.1234567Z",
            ),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            let time: Timestamp = read.parse().unwrap();
            assert_eq!(time.to_string(), written);
        }
        for text in [
            "yesterday",
            "2017-02-29",
            "2017-04-11T",
            "2017-04-11T25:00:00Z",
            "2017-4",
            "2017-4-11",
            "02017-04-11",
            "2017-04-11T1:00:00Z",
            "2017-04-11T01:00:00+14:01",
            "2017-04-11T01:00:00+-1:00",
            "2017-04-11T01:00:00-2562047788015215:00",
            "",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
    }

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
        fn dates_round_trip(seconds in -62_135_596_800_i64..253_402_300_800) {
            let time = Timestamp::from_unix(seconds, 0);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = text.parse::<Timestamp>();
        }
    }
}
