//! Values as .NET puts them on the wire, where that depends on the encoding.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_server::Timestamp;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Lower-case text with hyphens in both encodings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Guid(#[serde(with = "uuid::serde::hyphenated")] uuid::Uuid);

impl Guid {
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }
}

/// Base64 text in JSON, bin in MessagePack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteArray(pub(crate) Vec<u8>);

impl Serialize for ByteArray {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&STANDARD.encode(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for ByteArray {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(ByteArrayVisitor)
        } else {
            deserializer.deserialize_any(ByteArrayVisitor)
        }
    }
}

struct ByteArrayVisitor;

impl<'de> Visitor<'de> for ByteArrayVisitor {
    type Value = ByteArray;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteArray, E> {
        STANDARD.decode(text).map(ByteArray).map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<ByteArray, E> {
        Ok(ByteArray(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ByteArray, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = items.next_element()? {
            bytes.push(byte);
        }
        Ok(ByteArray(bytes))
    }
}

/// A number in JSON, a name in MessagePack; numbers without a name pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Color(i32);

const COLORS: [&str; 3] = ["Red", "Green", "Blue"];

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = usize::try_from(self.0).ok().and_then(|at| COLORS.get(at));
        match name {
            Some(name) if !serializer.is_human_readable() => serializer.serialize_str(name),
            _ => serializer.serialize_i32(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return i32::deserialize(deserializer).map(Self);
        }
        let name = String::deserialize(deserializer)?;
        match COLORS.iter().position(|known| *known == name) {
            // There are three.
            Some(at) => Ok(Self(at as i32)),
            None => Err(de::Error::unknown_variant(&name, &COLORS)),
        }
    }
}

/// An object with everything in it. Missing members take defaults, unknown ones
/// are ignored. The official .NET client writes names in camelCase unless it is
/// told otherwise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Thing {
    #[serde(alias = "name")]
    pub(crate) name: Option<String>,
    #[serde(alias = "count")]
    pub(crate) count: i32,
    #[serde(alias = "price")]
    pub(crate) price: f64,
    #[serde(alias = "active")]
    pub(crate) active: bool,
    #[serde(alias = "id")]
    pub(crate) id: Guid,
    #[serde(alias = "when")]
    pub(crate) when: Option<Timestamp>,
    #[serde(alias = "data")]
    pub(crate) data: Option<ByteArray>,
    #[serde(alias = "color")]
    pub(crate) color: Color,
    #[serde(alias = "tags")]
    pub(crate) tags: Option<Vec<String>>,
    #[serde(alias = "scores")]
    pub(crate) scores: Option<BTreeMap<String, i32>>,
    #[serde(alias = "child")]
    pub(crate) child: Option<Box<Thing>>,
}
