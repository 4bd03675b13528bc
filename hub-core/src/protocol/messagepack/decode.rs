//! From a record to a message. Arrays may be longer than needed; what is behind
//! the array is ignored.

use std::borrow::Cow;

use super::read::{Reader, code_name};
use crate::{
    Arguments, CancelInvocation, Close, Completion, DecodeError, EncodedValue, Encoding, Headers,
    HubMessage, Invocation, Outcome, StreamInvocation, StreamItem,
};

type Result<T> = std::result::Result<T, DecodeError>;

pub(super) fn decode(record: &[u8]) -> Result<Option<HubMessage<'_>>> {
    let mut body = Body {
        reader: Reader::new(record),
        len: 0,
    };
    let Some(code) = body.reader.code() else {
        return Err(end_of_stream());
    };
    body.len = body.reader.array_len().ok_or_else(|| match code {
        // An array whose length is cut off.
        0xDC | 0xDD => end_of_stream(),
        code => no_array(code),
    })?;
    let kind = body
        .reader
        .integer()
        .and_then(|kind| i32::try_from(kind).ok());
    Ok(Some(
        match kind.ok_or_else(|| reading("messageType", "Int32"))? {
            1 => HubMessage::Invocation(body.invocation()?),
            2 => match body.stream_item()? {
                Some(item) => HubMessage::StreamItem(item),
                None => return Ok(None),
            },
            3 => HubMessage::Completion(body.completion()?),
            4 => HubMessage::StreamInvocation(body.stream_invocation()?),
            5 => HubMessage::CancelInvocation(CancelInvocation {
                headers: body.headers()?,
                invocation_id: body.required_id("CancelInvocation")?,
            }),
            6 => HubMessage::Ping,
            7 => HubMessage::Close(body.close()?),
            8 => HubMessage::Ack(body.sequence_id()?),
            9 => HubMessage::Sequence(body.sequence_id()?),
            _ => return Ok(None),
        },
    ))
}

/// The elements behind the type.
struct Body<'a> {
    reader: Reader<'a>,
    /// How many elements the array has, the type included.
    len: usize,
}

impl<'a> Body<'a> {
    fn invocation(&mut self) -> Result<Invocation<'a>> {
        let headers = self.headers()?;
        let invocation_id = self.optional_id()?;
        let target = self.target("Invocation")?;
        let (arguments, stream_ids) = self.arguments()?;
        Ok(Invocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        })
    }

    fn stream_invocation(&mut self) -> Result<StreamInvocation<'a>> {
        let headers = self.headers()?;
        let invocation_id = self.required_id("StreamInvocation")?;
        let target = self.target("StreamInvocation")?;
        let (arguments, stream_ids) = self.arguments()?;
        Ok(StreamInvocation {
            headers,
            invocation_id,
            target,
            arguments,
            stream_ids,
        })
    }

    /// An item that is missing is like an item of another type: it ends its
    /// stream, not the connection. Without a value there is nothing to pass on.
    fn stream_item(&mut self) -> Result<Option<StreamItem<'a>>> {
        let headers = self.headers()?;
        let invocation_id = self.required_id("StreamItem")?;
        let item = self.reader.value().map(value);
        Ok(item.map(|item| StreamItem {
            headers,
            invocation_id,
            item,
        }))
    }

    fn completion(&mut self) -> Result<Completion<'a>> {
        let headers = self.headers()?;
        let invocation_id = self.required_id("Completion")?;
        let outcome = match self.reader.integer() {
            Some(1) => Outcome::Error(self.string("error")?),
            Some(2) => Outcome::Empty,
            Some(3) => Outcome::Value(value(self.reader.value().ok_or_else(end_of_stream)?)),
            Some(_) => return Err(DecodeError::invalid_data("Invalid invocation result kind.")),
            // Some clients end their streams without one.
            None if self.len == 3 => Outcome::Empty,
            None => return Err(reading("resultKind", "Int32")),
        };
        Ok(Completion {
            headers,
            invocation_id,
            outcome,
        })
    }

    fn close(&mut self) -> Result<Close<'a>> {
        let error = if self.reader.take_nil() {
            None
        } else {
            Some(self.string("error")?)
        };
        let allow_reconnect = match self.len {
            ..=2 => false,
            _ => self
                .reader
                .boolean()
                .ok_or_else(|| reading("allowReconnect", "Boolean"))?,
        };
        Ok(Close {
            error: error.filter(|error| !error.is_empty()),
            allow_reconnect,
        })
    }

    fn sequence_id(&mut self) -> Result<u64> {
        let id = self
            .reader
            .integer()
            .ok_or_else(|| reading("sequenceId", "Int64"))?;
        // Ids count from 1; what is below means nothing has been received.
        Ok(u64::try_from(id).unwrap_or(0))
    }

    fn headers(&mut self) -> Result<Headers<'a>> {
        let len = self
            .reader
            .map_len()
            .ok_or_else(|| DecodeError::invalid_data("Reading map length for 'headers' failed."))?;
        // Grows with what is really there: the length is the peer's word only.
        let mut pairs = Vec::new();
        for index in 0..len {
            let name = self.header_part(index, "Key")?;
            let text = self.header_part(index, "Value")?;
            pairs.push((name, text));
        }
        Headers::distinct(pairs).map_err(|name| {
            DecodeError::new(
                "ArgumentException",
                format!("An item with the same key has already been added. Key: {name}"),
            )
        })
    }

    fn header_part(&mut self, index: usize, part: &str) -> Result<Cow<'a, str>> {
        let text = self
            .reader
            .string()
            .ok_or_else(|| reading(&format!("headers[{index}].{part}"), "String"))?;
        if text.is_empty() {
            let part = part.to_ascii_lowercase();
            return Err(DecodeError::invalid_data(format!(
                "Null or empty {part} in header."
            )));
        }
        Ok(text)
    }

    fn optional_id(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.reader.take_nil() {
            return Ok(None);
        }
        Ok(Some(self.string("invocationId")?).filter(|id| !id.is_empty()))
    }

    fn required_id(&mut self, message: &str) -> Result<Cow<'a, str>> {
        self.optional_id()?.ok_or_else(|| {
            DecodeError::invalid_data(format!(
                "Null or empty invocation ID for {message} message."
            ))
        })
    }

    fn target(&mut self, message: &str) -> Result<Cow<'a, str>> {
        let target = if self.reader.take_nil() {
            Cow::default()
        } else {
            self.string("target")?
        };
        if target.is_empty() {
            let text = format!("Null or empty target for {message} message.");
            return Err(DecodeError::invalid_data(text));
        }
        Ok(target)
    }

    /// Arguments that are no array, or cut off, make the call unfit and not the
    /// message: they are passed on as they are, and binding fails.
    fn arguments(&mut self) -> Result<(Arguments<'a>, Vec<Cow<'a, str>>)> {
        let rest = self.reader.rest();
        match self.reader.value() {
            Some(arguments) => Ok((Arguments::new(value(arguments)), self.stream_ids()?)),
            None => Ok((Arguments::new(value(rest)), Vec::new())),
        }
    }

    fn stream_ids(&mut self) -> Result<Vec<Cow<'a, str>>> {
        if self.len <= 5 {
            return Ok(Vec::new());
        }
        let len = self.reader.array_len().ok_or_else(|| {
            DecodeError::invalid_data("Reading array length for 'streamIds' failed.")
        })?;
        // Grows with what is really there: the length is the peer's word only.
        let mut ids = Vec::new();
        for index in 0..len {
            let id = self
                .reader
                .string()
                .ok_or_else(|| reading(&format!("streamIds[{index}]"), "String"))?;
            if id.is_empty() {
                let text = "Null or empty value in streamIds received.";
                return Err(DecodeError::invalid_data(text));
            }
            ids.push(id);
        }
        Ok(ids)
    }

    fn string(&mut self, what: &str) -> Result<Cow<'a, str>> {
        self.reader.string().ok_or_else(|| reading(what, "String"))
    }
}

fn value(bytes: &[u8]) -> EncodedValue<'_> {
    EncodedValue::new(Encoding::MessagePack, bytes)
}

fn reading(what: &str, kind: &str) -> DecodeError {
    DecodeError::invalid_data(format!("Reading '{what}' as {kind} failed."))
}

fn end_of_stream() -> DecodeError {
    DecodeError::new(
        "EndOfStreamException",
        "Attempted to read past the end of the stream.",
    )
}

fn no_array(code: u8) -> DecodeError {
    let name = code_name(code);
    DecodeError::new(
        "MessagePackSerializationException",
        format!("Unexpected msgpack code {code} ({name}) encountered."),
    )
}

/// What a record means is told by the vectors of `protocol-spec`.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_call_borrows_everything() {
        let record = b"\x96\x01\x80\xa11\xa4Echo\x91\xa2hi\x90";
        let Ok(Some(HubMessage::Invocation(call))) = decode(record) else {
            panic!("an invocation");
        };
        assert!(matches!(call.target, Cow::Borrowed("Echo")));
        assert!(matches!(call.invocation_id, Some(Cow::Borrowed("1"))));
        let arguments = call.arguments.as_encoded().as_bytes();
        assert_eq!(arguments.as_ptr(), record[10..].as_ptr());
    }

    #[test]
    fn a_promise_of_many_elements_costs_nothing() {
        for record in [
            &b"\x96\x01\xdf\xff\xff\xff\xff"[..],
            b"\x96\x01\x80\xc0\xa1m\x90\xdd\xff\xff\xff\xff",
            b"\x96\x01\x80\xc0\xa1m\xdd\xff\xff\xff\xff",
        ] {
            // Refused, or passed on as it is, as soon as the bytes run out.
            if let Ok(Some(HubMessage::Invocation(call))) = decode(record) {
                assert!(call.arguments.bind::<(Vec<u8>,)>().is_err());
            }
        }
    }
}
