//! The first record in each direction: always JSON, whatever protocol follows.

use std::fmt;

use bytes::Bytes;
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::DecodeError;
use crate::framing::text::RECORD_SEPARATOR;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeRequest {
    /// As the client spells it.
    pub protocol: String,
    /// The version of the protocol that it wants to speak.
    pub version: i32,
}

impl HandshakeRequest {
    /// Reads a record without its separator. Unknown properties and what stands
    /// behind the object do not matter; the last property of a name counts.
    ///
    /// # Errors
    /// When the record is no request.
    pub fn parse(record: &[u8]) -> Result<Self, DecodeError> {
        let [protocol, version] = read_properties(record, ["protocol", "version"])?;
        let protocol = protocol
            .map(|raw| read_string(raw, "protocol"))
            .transpose()?;
        let version = match version.map(RawValue::get) {
            None | Some("null") => None,
            Some(raw) => Some(read_int32(raw, "version")?),
        };
        Ok(Self {
            protocol: protocol.ok_or_else(|| missing("protocol", record))?,
            version: version.ok_or_else(|| missing("version", record))?,
        })
    }

    /// The record with its separator.
    #[must_use]
    pub fn to_record(&self) -> Bytes {
        let Self { protocol, version } = self;
        let protocol = serde_json::Value::from(protocol.as_str());
        to_record(format!("{{\"protocol\":{protocol},\"version\":{version}}}"))
    }
}

/// What a server answers: nothing but the error, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeResponse {
    /// Why the server refuses.
    pub error: Option<String>,
}

impl HandshakeResponse {
    /// Reads a record without its separator.
    ///
    /// # Errors
    /// When the record is no response, such as a hub message.
    pub fn parse(record: &[u8]) -> Result<Self, DecodeError> {
        let [kind, error] = read_properties(record, ["type", "error"])?;
        if kind.is_some() {
            return Err(DecodeError::invalid_data(
                "Expected a handshake response from the server.",
            ));
        }
        let error = error.map(|raw| read_string(raw, "error")).transpose()?;
        Ok(Self { error })
    }

    /// The record of a response without an error.
    #[must_use]
    pub fn accepted() -> Bytes {
        Bytes::from_static(b"{}\x1e")
    }

    /// The record of a response with an error.
    #[must_use]
    pub fn refused(error: &str) -> Bytes {
        let error = serde_json::Value::from(error);
        to_record(format!("{{\"error\":{error}}}"))
    }
}

fn to_record(json: String) -> Bytes {
    let mut record = json.into_bytes();
    record.push(RECORD_SEPARATOR);
    record.into()
}

fn read_string(raw: &RawValue, name: &str) -> Result<String, DecodeError> {
    serde_json::from_str(raw.get())
        .map_err(|_| DecodeError::invalid_data(format!("Expected '{name}' to be of type String.")))
}

fn read_int32(raw: &str, name: &str) -> Result<i32, DecodeError> {
    if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        let text = format!("Expected '{name}' to be of type Number.");
        return Err(DecodeError::invalid_data(text));
    }
    raw.parse().map_err(|_| {
        DecodeError::new(
            "FormatException",
            "Either the JSON value is not in a supported format, or is out of bounds for an Int32.",
        )
    })
}

fn missing(name: &str, record: &[u8]) -> DecodeError {
    DecodeError::invalid_data(format!(
        "Missing required property '{name}'. Message content: {}",
        String::from_utf8_lossy(record)
    ))
}

/// The values of the properties `names` of the object that `record` begins
/// with. The last one of a name wins; other names and whatever follows the
/// object do not matter.
fn read_properties<'a, const N: usize>(
    record: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], DecodeError> {
    if let Some(kind) = other_than_object(record) {
        return Err(DecodeError::invalid_data(format!(
            "Unexpected JSON Token Type '{kind}'. Expected a JSON Object."
        )));
    }
    serde_json::Deserializer::from_slice(record)
        .deserialize_map(Properties(names))
        .map_err(|error| {
            let text = format!(
                "The record is no JSON. LineNumber: {} | BytePositionInLine: {}.",
                error.line().saturating_sub(1),
                error.column()
            );
            DecodeError::new("JsonReaderException", text)
        })
}

/// The kind of the value that `record` begins with, in the reference's words.
/// `None` for an object and for what is no value at all.
fn other_than_object(record: &[u8]) -> Option<&'static str> {
    match record.trim_ascii_start().first()? {
        b'[' => Some("Array"),
        b'"' => Some("String"),
        b'n' => Some("Null"),
        b't' => Some("True"),
        b'f' => Some("False"),
        b'-' | b'0'..=b'9' => Some("Number"),
        _ => None,
    }
}

struct Properties<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Properties<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = [None; N];
        while let Some(index) = map.next_key_seed(NameAmong(&self.0))? {
            match index {
                Some(index) => values[index] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

/// Reads a name as its position among those that are known.
struct NameAmong<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for NameAmong<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for NameAmong<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}
