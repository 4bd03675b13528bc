//! One value in encoded form, and everything that can be brought into it.

use std::borrow::Cow;
use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::{EncodeError, Encoding};

/// A value as it stands on the wire, decoded when a type is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedValue<'a> {
    encoding: Encoding,
    bytes: Cow<'a, [u8]>,
}

impl<'a> EncodedValue<'a> {
    /// The value that `bytes` hold in `encoding`. Nothing is checked here:
    /// what does not fit is found when a type is asked for.
    #[must_use]
    pub fn new(encoding: Encoding, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self {
            encoding,
            bytes: bytes.into(),
        }
    }

    /// Encodes `value`.
    ///
    /// # Errors
    /// When the value has no form in this encoding.
    pub fn from_value<T: EncodeValue + ?Sized>(
        encoding: Encoding,
        value: &T,
    ) -> Result<EncodedValue<'static>, EncodeError> {
        let mut bytes = Vec::new();
        value.encode_value(encoding, &mut bytes)?;
        Ok(EncodedValue {
            encoding,
            bytes: Cow::Owned(bytes),
        })
    }

    /// How the bytes are to be read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The encoded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same value, owning its bytes.
    #[must_use]
    pub fn into_owned(self) -> EncodedValue<'static> {
        EncodedValue {
            encoding: self.encoding,
            bytes: Cow::Owned(self.bytes.into_owned()),
        }
    }

    /// Decodes the value as a `T`.
    ///
    /// # Errors
    /// When the bytes do not hold a `T`; the text is the decoder's.
    pub fn decode<'b, T: Deserialize<'b>>(&'b self) -> Result<T, ValueError> {
        match self.encoding {
            Encoding::Json => serde_json::from_slice(&self.bytes).map_err(ValueError::json),
            Encoding::MessagePack => {
                let mut reader = rmp_serde::Deserializer::from_read_ref(&*self.bytes);
                reader.set_max_depth(MAX_DEPTH);
                T::deserialize(&mut reader).map_err(ValueError::message_pack)
            }
        }
    }
}

/// Nesting that a MessagePack value may have, as in the reference; deeper
/// values are refused so that no input can exhaust the stack.
pub(crate) const MAX_DEPTH: usize = 500;

/// Bytes that do not hold a value of the type asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Not this type in JSON.
    #[error("{0}")]
    Json(#[source] Box<dyn Error + Send + Sync>),
    /// Not this type in MessagePack.
    #[error("{0}")]
    MessagePack(#[source] Box<dyn Error + Send + Sync>),
}

impl ValueError {
    fn json(error: serde_json::Error) -> Self {
        Self::Json(error.into())
    }

    fn message_pack(error: rmp_serde::decode::Error) -> Self {
        Self::MessagePack(error.into())
    }
}

/// A value that can be written in every payload encoding.
///
/// Implemented for every `Serialize` type and for [`EncodedValue`], whose bytes
/// are passed on as they are.
pub trait EncodeValue {
    /// Appends the encoded value to `out`.
    ///
    /// # Errors
    /// When the value has no form in this encoding; `out` may then hold a part
    /// of it, which the caller cuts off.
    fn encode_value(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

impl<T: Serialize + ?Sized> EncodeValue for T {
    fn encode_value(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match encoding {
            Encoding::Json => serde_json::to_writer(out, self).map_err(EncodeError::json),
            Encoding::MessagePack => {
                let mut writer = rmp_serde::Serializer::new(out).with_struct_map();
                self.serialize(&mut writer)
                    .map_err(EncodeError::message_pack)
            }
        }
    }
}

impl EncodeValue for EncodedValue<'_> {
    fn encode_value(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.encoding != encoding {
            return Err(EncodeError::OtherEncoding {
                have: self.encoding,
                want: encoding,
            });
        }
        out.extend_from_slice(&self.bytes);
        Ok(())
    }
}
