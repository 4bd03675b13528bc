//! From a record to a message, in one pass and without building values.
//!
//! Properties come in any order; of two with the same name the last one counts;
//! unknown ones and whatever stands behind the object are ignored.

use std::borrow::Cow;

use super::scan::{Scanner, Token};
use crate::{
    Arguments, CancelInvocation, Close, Completion, DecodeError, EncodedValue, Encoding, Headers,
    HubMessage, Invocation, Outcome, StreamInvocation, StreamItem,
};

type Result<T> = std::result::Result<T, DecodeError>;

/// How deep the properties' values stand: in the message's object.
const IN_MESSAGE: u32 = 1;

pub(super) fn decode(record: &[u8]) -> Result<Option<HubMessage<'_>>> {
    let mut scanner = Scanner::new(record);
    match scanner.token()? {
        Token::Object => {}
        token => {
            return Err(DecodeError::invalid_data(format!(
                "Unexpected JSON Token Type '{}'. Expected a JSON Object.",
                token.name()
            )));
        }
    }
    Properties::read(&mut scanner)?.into_message()
}

/// The name of a property.
#[derive(Clone, Copy)]
enum Name {
    Type,
    InvocationId,
    Target,
    Error,
    Arguments,
    Item,
    Result,
    StreamIds,
    Headers,
    AllowReconnect,
    SequenceId,
    Unknown,
}

impl Name {
    /// Takes a name and the colon behind it. Written as most writers do it, it
    /// is recognised by comparing bytes, mostly at the first guess; in any other
    /// way it is read like a string.
    fn read(scanner: &mut Scanner<'_>, guess: &mut usize) -> Result<Self> {
        for _ in 0..Self::COMMON.len() {
            let (written, name) = Self::COMMON[*guess];
            *guess = (*guess + 1) % Self::COMMON.len();
            if scanner.take_exactly(written) {
                return Ok(name);
            }
        }
        Ok(match &*scanner.name()? {
            "type" => Self::Type,
            "invocationId" => Self::InvocationId,
            "target" => Self::Target,
            "error" => Self::Error,
            "arguments" => Self::Arguments,
            "item" => Self::Item,
            "result" => Self::Result,
            "streamIds" => Self::StreamIds,
            "headers" => Self::Headers,
            "allowReconnect" => Self::AllowReconnect,
            "sequenceId" => Self::SequenceId,
            _ => Self::Unknown,
        })
    }

    /// The names of calls, streams and answers, in the order in which they mostly
    /// follow each other.
    const COMMON: [(&'static [u8], Self); 6] = [
        (b"\"type\":", Self::Type),
        (b"\"invocationId\":", Self::InvocationId),
        (b"\"target\":", Self::Target),
        (b"\"arguments\":", Self::Arguments),
        (b"\"item\":", Self::Item),
        (b"\"result\":", Self::Result),
    ];
}

/// What a message can have.
#[derive(Default)]
struct Properties<'a> {
    kind: Option<i32>,
    headers: Headers<'a>,
    invocation_id: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    arguments: Option<&'a [u8]>,
    stream_ids: Vec<Cow<'a, str>>,
    item: Option<&'a [u8]>,
    result: Option<&'a [u8]>,
    error: Option<Cow<'a, str>>,
    allow_reconnect: bool,
    sequence_id: Option<i64>,
}

impl<'a> Properties<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self> {
        let mut properties = Self::default();
        scanner.expect(b'{')?;
        if scanner.take(b'}')? {
            return Ok(properties);
        }
        let mut guess = 0;
        loop {
            let name = Name::read(scanner, &mut guess)?;
            properties.read_property(name, scanner)?;
            if !scanner.take(b',')? {
                scanner.expect(b'}')?;
                return Ok(properties);
            }
        }
    }

    fn read_property(&mut self, name: Name, scanner: &mut Scanner<'a>) -> Result<()> {
        match name {
            Name::Type => self.kind = Some(integer(scanner, "type", "Int32")?),
            Name::InvocationId => self.invocation_id = Some(string(scanner, "invocationId")?),
            Name::Target => self.target = Some(string(scanner, "target")?),
            Name::Error => self.error = Some(string(scanner, "error")?),
            Name::Arguments => self.arguments = Some(arguments(scanner)?),
            Name::Item => self.item = Some(scanner.raw(IN_MESSAGE)?),
            Name::Result => self.result = Some(scanner.raw(IN_MESSAGE)?),
            Name::StreamIds => self.stream_ids = stream_ids(scanner)?,
            Name::Headers => self.headers = headers(scanner)?,
            Name::AllowReconnect => self.allow_reconnect = boolean(scanner)?,
            Name::SequenceId => self.sequence_id = sequence_id(scanner)?,
            Name::Unknown => scanner.skip(IN_MESSAGE)?,
        }
        Ok(())
    }

    fn into_message(mut self) -> Result<Option<HubMessage<'a>>> {
        let kind = self.kind.ok_or_else(|| missing("type"))?;
        Ok(Some(match kind {
            1 => HubMessage::Invocation(Invocation {
                target: self.target.ok_or_else(|| missing("target"))?,
                arguments: call_arguments(self.arguments)?,
                // An empty id is none.
                invocation_id: self.invocation_id.filter(|id| !id.is_empty()),
                headers: self.headers,
                stream_ids: self.stream_ids,
            }),
            2 => HubMessage::StreamItem(StreamItem {
                invocation_id: required_id(self.invocation_id)?,
                item: value(self.item.ok_or_else(|| missing("item"))?),
                headers: self.headers,
            }),
            3 => HubMessage::Completion(Completion {
                invocation_id: required_id(self.invocation_id.take())?,
                outcome: outcome(self.error, self.result)?,
                headers: self.headers,
            }),
            4 => HubMessage::StreamInvocation(StreamInvocation {
                target: self.target.ok_or_else(|| missing("target"))?,
                invocation_id: required_id(self.invocation_id)?,
                arguments: call_arguments(self.arguments)?,
                headers: self.headers,
                stream_ids: self.stream_ids,
            }),
            5 => HubMessage::CancelInvocation(CancelInvocation {
                invocation_id: required_id(self.invocation_id)?,
                headers: self.headers,
            }),
            6 => HubMessage::Ping,
            7 => HubMessage::Close(Close {
                error: self.error,
                allow_reconnect: self.allow_reconnect,
            }),
            8 => HubMessage::Ack(sequence(self.sequence_id)?),
            9 => HubMessage::Sequence(sequence(self.sequence_id)?),
            _ => return Ok(None),
        }))
    }
}

fn missing(name: &str) -> DecodeError {
    DecodeError::invalid_data(format!("Missing required property '{name}'."))
}

fn expected(name: &str, kind: &str) -> DecodeError {
    DecodeError::invalid_data(format!("Expected '{name}' to be of type {kind}."))
}

fn required_id(id: Option<Cow<'_, str>>) -> Result<Cow<'_, str>> {
    id.filter(|id| !id.is_empty())
        .ok_or_else(|| missing("invocationId"))
}

fn call_arguments(raw: Option<&[u8]>) -> Result<Arguments<'_>> {
    raw.map(|raw| Arguments::new(value(raw)))
        .ok_or_else(|| missing("arguments"))
}

fn value(raw: &[u8]) -> EncodedValue<'_> {
    EncodedValue::new(Encoding::Json, raw)
}

fn outcome<'a>(error: Option<Cow<'a, str>>, result: Option<&'a [u8]>) -> Result<Outcome<'a>> {
    match (error, result) {
        (Some(_), Some(_)) => Err(DecodeError::invalid_data(
            "The 'error' and 'result' properties are mutually exclusive.",
        )),
        (Some(error), None) => Ok(Outcome::Error(error)),
        (None, Some(result)) => Ok(Outcome::Value(value(result))),
        (None, None) => Ok(Outcome::Empty),
    }
}

/// Ids count from 1; what is below means nothing has been received.
fn sequence(id: Option<i64>) -> Result<u64> {
    id.map(|id| u64::try_from(id).unwrap_or(0))
        .ok_or_else(|| missing("sequenceId"))
}

fn string<'a>(scanner: &mut Scanner<'a>, name: &str) -> Result<Cow<'a, str>> {
    match scanner.token()? {
        Token::String => scanner.string(),
        _ => Err(expected(name, "String")),
    }
}

fn integer<T: std::str::FromStr>(scanner: &mut Scanner<'_>, name: &str, kind: &str) -> Result<T> {
    if scanner.token()? != Token::Number {
        return Err(expected(name, "Number"));
    }
    scanner.number()?.parse().map_err(|_| {
        DecodeError::new(
            "FormatException",
            format!(
                "Either the JSON value is not in a supported format, or is out of bounds for an \
                 {kind}."
            ),
        )
    })
}

fn boolean(scanner: &mut Scanner<'_>) -> Result<bool> {
    match scanner.token()? {
        Token::True => scanner.pass_word(b"true").map(|()| true),
        Token::False => scanner.pass_word(b"false").map(|()| false),
        _ => Err(DecodeError::invalid_data(
            "Expected 'allowReconnect' to be true or false.",
        )),
    }
}

fn sequence_id(scanner: &mut Scanner<'_>) -> Result<Option<i64>> {
    match scanner.token()? {
        Token::Null => scanner.pass_word(b"null").map(|()| None),
        _ => integer(scanner, "sequenceId", "Int64").map(Some),
    }
}

fn arguments<'a>(scanner: &mut Scanner<'a>) -> Result<&'a [u8]> {
    match scanner.token()? {
        Token::Array => scanner.raw_arguments(IN_MESSAGE),
        _ => Err(expected("arguments", "Array")),
    }
}

fn stream_ids<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<Cow<'a, str>>> {
    if scanner.token()? != Token::Array {
        return Err(expected("streamIds", "Array"));
    }
    scanner.expect(b'[')?;
    let mut ids = Vec::new();
    if scanner.take(b']')? {
        return Ok(ids);
    }
    loop {
        ids.push(match scanner.token()? {
            Token::String => scanner.string()?,
            Token::Null => {
                return Err(DecodeError::invalid_data(
                    "Null value for 'streamIds' is not valid.",
                ));
            }
            token => {
                return Err(DecodeError::new(
                    "InvalidOperationException",
                    format!(
                        "Cannot get the value of a token type '{}' as a string.",
                        token.name()
                    ),
                ));
            }
        });
        if !scanner.take(b',')? {
            scanner.expect(b']')?;
            return Ok(ids);
        }
    }
}

fn headers<'a>(scanner: &mut Scanner<'a>) -> Result<Headers<'a>> {
    if scanner.token()? != Token::Object {
        return Err(expected("headers", "StartObject"));
    }
    scanner.expect(b'{')?;
    let mut pairs = Vec::new();
    if scanner.take(b'}')? {
        return Ok(Headers::new());
    }
    loop {
        let name = scanner.name()?;
        match scanner.token()? {
            Token::String => pairs.push((name, scanner.string()?)),
            _ => {
                return Err(DecodeError::invalid_data(format!(
                    "Expected header '{name}' to be of type String."
                )));
            }
        }
        if !scanner.take(b',')? {
            scanner.expect(b'}')?;
            return Ok(pairs.into_iter().collect());
        }
    }
}

/// What a record means is told by the vectors of `protocol-spec`.
#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(text: &str) -> Invocation<'_> {
        match decode(text.as_bytes()) {
            Ok(Some(HubMessage::Invocation(call))) => call,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_ordinary_call_borrows_everything() {
        let call = invocation(r#"{"type":1,"invocationId":"1","target":"Add","arguments":[1,2]}"#);
        assert!(matches!(call.target, Cow::Borrowed("Add")));
        assert!(matches!(call.invocation_id, Some(Cow::Borrowed("1"))));
        assert_eq!(call.arguments.bind(), Ok((1, 2)));
    }
}
