//! ISO 8601, as in JSON, and the calendar behind it.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer, ser};

use super::{Timestamp, TimestampError};

/// The years that four digits can express begin and end here.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

pub(super) fn serialize<S: Serializer>(time: Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if !(FIRST_SECOND..=LAST_SECOND).contains(&time.seconds) {
        return Err(ser::Error::custom(TimestampError));
    }
    serializer.collect_str(&time)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timestamp, D::Error> {
    deserializer.deserialize_str(TextVisitor)
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
    fn years_of_more_than_four_digits_are_not_written() {
        let json = |seconds| serde_json::to_string(&Timestamp::from_unix(seconds, 0)).ok();
        assert_eq!(
            json(LAST_SECOND).as_deref(),
            Some("\"9999-12-31T23:59:59Z\"")
        );
        assert_eq!(
            json(FIRST_SECOND).as_deref(),
            Some("\"0001-01-01T00:00:00Z\"")
        );
        assert_eq!(
            (json(LAST_SECOND + 1), json(FIRST_SECOND - 1)),
            (None, None)
        );
        assert_eq!((json(i64::MAX), json(i64::MIN)), (None, None));
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
