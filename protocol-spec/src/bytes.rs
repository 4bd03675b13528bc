//! Bytes as the vectors write them.

use std::ops::Deref;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Bytes written as hexadecimal digits; blanks between them do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hex(Vec<u8>);

impl Deref for Hex {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("'{text}' is not hexadecimal")))
    }
}

fn parse(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|digit| *digit != ' ').collect();
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| {
            // Two digits of four bits make a byte.
            Some((high.to_digit(16)? << 4 | low.to_digit(16)?) as u8)
        })
        .collect()
}

/// Bytes written as text, or as `{"hex": "..."}` where they are none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Record {
    /// Text in UTF-8.
    Text(String),
    /// Any bytes.
    Bytes {
        /// The bytes.
        hex: Hex,
    },
}

impl Deref for Record {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes { hex } => hex,
        }
    }
}
