//! Stand-in.
#![allow(missing_docs)]
use crate::DecodeError;
use bytes::Bytes;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
pub(super) struct HandshakeRequest<'a> {
    #[serde(borrow)]
    pub(super) protocol: Cow<'a, str>,
    pub(super) version: i32,
}

#[derive(Deserialize)]
pub(super) struct HandshakeResponse<'a> {
    #[serde(borrow, default)]
    pub(super) error: Option<Cow<'a, str>>,
    #[serde(default, rename = "type")]
    kind: Option<serde::de::IgnoredAny>,
}

impl<'a> HandshakeRequest<'a> {
    pub(super) fn parse(record: &'a [u8]) -> Result<Self, DecodeError> {
        Self::deserialize(&mut serde_json::Deserializer::from_slice(record))
            .map_err(|e| DecodeError::invalid_data(e.to_string()))
    }
    pub(super) fn to_record(&self) -> Bytes {
        format!(
            "{{\"protocol\":\"{}\",\"version\":{}}}\x1e",
            self.protocol, self.version
        )
        .into()
    }
}

impl<'a> HandshakeResponse<'a> {
    pub(super) fn parse(record: &'a [u8]) -> Result<Self, DecodeError> {
        let r = Self::deserialize(&mut serde_json::Deserializer::from_slice(record))
            .map_err(|e| DecodeError::invalid_data(e.to_string()))?;
        if r.kind.is_some() {
            return Err(DecodeError::invalid_data(
                "Expected a handshake response from the server.",
            ));
        }
        Ok(r)
    }
    pub(super) fn accepted() -> Bytes {
        Bytes::from_static(b"{}\x1e")
    }
    pub(super) fn refused(text: &str) -> Bytes {
        format!(
            "{{\"error\":{}}}\x1e",
            serde_json::to_string(text).unwrap_or_default()
        )
        .into()
    }
}
