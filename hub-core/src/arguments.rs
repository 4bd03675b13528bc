//! The arguments of a call: kept encoded until a method's types are known, then
//! bound strictly by position and count.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, SeqAccess, Visitor};

use crate::value::MAX_DEPTH;
use crate::{EncodeError, EncodeValue, EncodedValue, Encoding};

/// The encoded array of a call's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments<'a>(EncodedValue<'a>);

impl<'a> Arguments<'a> {
    /// The arguments that an encoded array holds. Nothing is checked here.
    #[must_use]
    pub fn new(array: EncodedValue<'a>) -> Self {
        Self(array)
    }

    /// The encoded array.
    #[must_use]
    pub fn as_encoded(&self) -> &EncodedValue<'a> {
        &self.0
    }

    /// The same arguments, owning their bytes.
    #[must_use]
    pub fn into_owned(self) -> Arguments<'static> {
        Arguments(self.0.into_owned())
    }

    /// Decodes every argument into the types of `T`, once and in place.
    ///
    /// # Errors
    /// [`BindError::Count`] when there are more or fewer than `T` takes;
    /// [`BindError::Value`] when one is not of its type, which wins over the
    /// count.
    pub fn bind<T: FromArguments>(&self) -> Result<T, BindError> {
        let mut state = Progress::default();
        let seed = ArgumentsSeed {
            state: &mut state,
            into: PhantomData::<T>,
        };
        let bound = match self.0.encoding() {
            Encoding::Json => {
                let mut reader = serde_json::Deserializer::from_slice(self.0.as_bytes());
                seed.deserialize(&mut reader)
                    .map_err(|error| error.to_string())
            }
            Encoding::MessagePack => {
                let mut reader = rmp_serde::Deserializer::from_read_ref(self.0.as_bytes());
                reader.set_max_depth(MAX_DEPTH);
                seed.deserialize(&mut reader)
                    .map_err(|error| error.to_string())
            }
        };
        if state.missing || (bound.is_ok() && state.taken != T::COUNT) {
            return Err(BindError::Count {
                provided: state.taken,
                expected: T::COUNT,
            });
        }
        bound.map_err(|cause| BindError::Value { cause })
    }
}

/// Why arguments do not fit a method. The call fails; the connection goes on.
///
/// The texts are the reference's; only detailed errors show them to the peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Too many or too few.
    #[error("Invocation provides {provided} argument(s) but target expects {expected}.")]
    Count {
        /// How many came.
        provided: usize,
        /// How many the method takes.
        expected: usize,
    },
    /// One of them is not of the parameter's type.
    #[error(
        "Error binding arguments. Make sure that the types of the provided values match the types \
         of the hub method being invoked."
    )]
    Value {
        /// The decoder's words, for logs only.
        cause: String,
    },
}

/// Types that can be made from a call's arguments: tuples of up to 16.
pub trait FromArguments: Sized {
    /// How many arguments there have to be.
    const COUNT: usize;

    /// Takes `COUNT` arguments from the reader.
    ///
    /// # Errors
    /// The reader's, passed on.
    fn from_arguments<'de, A: SeqAccess<'de>>(
        reader: &mut ArgumentReader<'_, A>,
    ) -> Result<Self, A::Error>;
}

/// Hands out one argument after the other.
#[derive(Debug)]
pub struct ArgumentReader<'r, A> {
    sequence: A,
    state: &'r mut Progress,
}

impl<'de, A: SeqAccess<'de>> ArgumentReader<'_, A> {
    /// The next argument as a `T`.
    ///
    /// # Errors
    /// When there is none left or it is no `T`.
    pub fn next_argument<T: DeserializeOwned>(&mut self) -> Result<T, A::Error> {
        match self.sequence.next_element()? {
            Some(value) => {
                self.state.taken += 1;
                Ok(value)
            }
            None => {
                self.state.missing = true;
                Err(A::Error::custom("an argument is missing"))
            }
        }
    }
}

#[derive(Debug, Default)]
struct Progress {
    taken: usize,
    missing: bool,
}

struct ArgumentsSeed<'s, T> {
    state: &'s mut Progress,
    into: PhantomData<T>,
}

impl<'de, T: FromArguments> DeserializeSeed<'de> for ArgumentsSeed<'_, T> {
    type Value = T;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<T, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de, T: FromArguments> Visitor<'de> for ArgumentsSeed<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<T, A::Error> {
        let mut reader = ArgumentReader {
            sequence,
            state: self.state,
        };
        let bound = T::from_arguments(&mut reader)?;
        while reader.sequence.next_element::<IgnoredAny>()?.is_some() {
            reader.state.taken += 1;
        }
        Ok(bound)
    }
}

/// Values that can be sent as a call's arguments: tuples of up to 16, and
/// slices.
///
/// A tuple is needed even for one argument: `("hello",)`.
pub trait EncodeArguments {
    /// Appends the encoded array to `out`.
    ///
    /// # Errors
    /// When a value has no form in this encoding; `out` may then hold a part of
    /// it, which the caller cuts off.
    fn encode_arguments(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

impl<T: EncodeArguments + ?Sized> EncodeArguments for &T {
    fn encode_arguments(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        (**self).encode_arguments(encoding, out)
    }
}

impl<T: EncodeValue> EncodeArguments for [T] {
    fn encode_arguments(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut array = ArrayWriter::begin(encoding, self.len(), out);
        self.iter().try_for_each(|value| array.push(value))?;
        array.finish();
        Ok(())
    }
}

impl EncodeArguments for Arguments<'_> {
    fn encode_arguments(&self, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.0.encode_value(encoding, out)
    }
}

/// Writes an array around values that are written one by one.
struct ArrayWriter<'o> {
    encoding: Encoding,
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> ArrayWriter<'o> {
    fn begin(encoding: Encoding, len: usize, out: &'o mut Vec<u8>) -> Self {
        match encoding {
            Encoding::Json => out.push(b'['),
            Encoding::MessagePack => {
                let len = u32::try_from(len).expect("no slice of arguments has 2^32 elements");
                rmp::encode::write_array_len(out, len).expect("a Vec takes every write");
            }
        }
        Self {
            encoding,
            out,
            first: true,
        }
    }

    fn push<T: EncodeValue + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.encoding == Encoding::Json && !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        value.encode_value(self.encoding, self.out)
    }

    fn finish(self) {
        if self.encoding == Encoding::Json {
            self.out.push(b']');
        }
    }
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<$($name: DeserializeOwned),*> FromArguments for ($($name,)*) {
            const COUNT: usize = <[&str]>::len(&[$(stringify!($name)),*]);

            #[allow(non_snake_case, unused_variables)]
            fn from_arguments<'de, Seq: SeqAccess<'de>>(
                reader: &mut ArgumentReader<'_, Seq>,
            ) -> Result<Self, Seq::Error> {
                $(let $name = reader.next_argument()?;)*
                Ok(($($name,)*))
            }
        }

        impl<$($name: EncodeValue),*> EncodeArguments for ($($name,)*) {
            #[allow(non_snake_case, unused_mut)]
            fn encode_arguments(
                &self,
                encoding: Encoding,
                out: &mut Vec<u8>,
            ) -> Result<(), EncodeError> {
                let ($($name,)*) = self;
                let count = <[&str]>::len(&[$(stringify!($name)),*]);
                let mut array = ArrayWriter::begin(encoding, count, out);
                $(array.push($name)?;)*
                array.finish();
                Ok(())
            }
        }
    )*};
}

tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
    A B C D E F G H I J K L M;
    A B C D E F G H I J K L M N;
    A B C D E F G H I J K L M N O;
    A B C D E F G H I J K L M N O P;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &'static str) -> Arguments<'static> {
        Arguments::new(EncodedValue::new(Encoding::Json, text.as_bytes()))
    }

    #[test]
    fn arguments_bind_by_position() {
        assert_eq!(
            json("[1,\"a\"]").bind::<(i32, String)>(),
            Ok((1, "a".into()))
        );
        assert_eq!(json("[]").bind::<()>(), Ok(()));
    }

    #[test]
    fn the_count_must_match() {
        let count = |provided, expected| Err(BindError::Count { provided, expected });
        assert_eq!(json("[1]").bind::<(i32, i32)>(), count(1, 2));
        assert_eq!(json("[1,2,3]").bind::<(i32, i32)>(), count(3, 2));
        assert_eq!(
            json("[1]").bind::<()>(),
            Err(BindError::Count {
                provided: 1,
                expected: 0
            })
        );
    }

    #[test]
    fn a_bad_value_wins_over_the_count() {
        assert!(matches!(
            json("[\"x\",2,3]").bind::<(i32, i32)>(),
            Err(BindError::Value { .. })
        ));
    }

    #[test]
    fn both_encodings_round_trip() {
        for encoding in [Encoding::Json, Encoding::MessagePack] {
            let mut bytes = Vec::new();
            (1, "two", [3.5])
                .encode_arguments(encoding, &mut bytes)
                .unwrap();
            let arguments = Arguments::new(EncodedValue::new(encoding, bytes));
            assert_eq!(
                arguments.bind::<(i32, String, Vec<f64>)>(),
                Ok((1, "two".into(), vec![3.5]))
            );
        }
    }
}
