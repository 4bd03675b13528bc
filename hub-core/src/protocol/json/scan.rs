//! Walks through JSON text once, checking its syntax (RFC 8259) and copying
//! nothing.
//!
//! Values that are only passed by are checked for structure. Whether a string
//! in them is good text (UTF-8, paired surrogates) is left to whoever decodes
//! the value: there it fails one call, here it would end the connection.

use std::borrow::Cow;

use crate::DecodeError;

/// How deep objects and arrays may nest, the message's own object included.
const MAX_DEPTH: u32 = 64;

/// What a value begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

impl Token {
    /// The name in the reference's texts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "Object",
            Self::Array => "Array",
            Self::String => "String",
            Self::Number => "Number",
            Self::True => "True",
            Self::False => "False",
            Self::Null => "Null",
        }
    }
}

/// A place in JSON text.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

type Result<T> = std::result::Result<T, DecodeError>;

#[cold]
fn broken() -> DecodeError {
    DecodeError::invalid_data("Error reading JSON.")
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// The next byte that is no white space, without taking it.
    fn peek(&mut self) -> Result<u8> {
        self.skip_space();
        self.byte().ok_or_else(broken)
    }

    /// Takes `byte` if it is next.
    pub(super) fn take(&mut self, byte: u8) -> Result<bool> {
        let found = self.peek()? == byte;
        self.at += usize::from(found);
        Ok(found)
    }

    /// Takes `text` if exactly that is next.
    #[inline]
    pub(super) fn take_exactly(&mut self, text: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes `byte`, which has to be next.
    pub(super) fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte)? {
            Ok(())
        } else {
            Err(broken())
        }
    }

    /// What the next value is.
    pub(super) fn token(&mut self) -> Result<Token> {
        Ok(match self.peek()? {
            b'{' => Token::Object,
            b'[' => Token::Array,
            b'"' => Token::String,
            b'-' | b'0'..=b'9' => Token::Number,
            b't' => Token::True,
            b'f' => Token::False,
            b'n' => Token::Null,
            _ => return Err(broken()),
        })
    }

    /// Takes a property's name and the colon behind it.
    pub(super) fn name(&mut self) -> Result<Cow<'a, str>> {
        if self.peek()? != b'"' {
            return Err(broken());
        }
        let name = self.string()?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Takes a string, which has to be good text.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>> {
        let start = self.at;
        let escaped = self.pass_string()?;
        let quoted = &self.text[start..self.at];
        if escaped {
            return serde_json::from_slice(quoted)
                .map(Cow::Owned)
                .map_err(|_| broken());
        }
        std::str::from_utf8(&quoted[1..quoted.len() - 1])
            .map(Cow::Borrowed)
            .map_err(|_| broken())
    }

    /// Takes a value and returns its text; `depth` is that of what it stands in.
    pub(super) fn raw(&mut self, depth: u32) -> Result<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        self.pass_value(depth, false)?;
        Ok(&self.text[start..self.at])
    }

    /// Takes an array of arguments and returns its text. A comma too many in it
    /// passes: it makes the arguments unfit, not the message.
    pub(super) fn raw_arguments(&mut self, depth: u32) -> Result<&'a [u8]> {
        let start = self.at;
        self.pass_value(depth, true)?;
        Ok(&self.text[start..self.at])
    }

    /// Takes a number and returns its text.
    pub(super) fn number(&mut self) -> Result<&'a str> {
        self.skip_space();
        let start = self.at;
        self.pass_number()?;
        // Numbers are made of ASCII only.
        std::str::from_utf8(&self.text[start..self.at]).map_err(|_| broken())
    }

    /// Takes any value and drops it.
    pub(super) fn skip(&mut self, depth: u32) -> Result<()> {
        self.raw(depth).map(drop)
    }

    /// Passes a value without recursion: one bit for each level says whether it
    /// is an object.
    fn pass_value(&mut self, outer: u32, spare_commas: bool) -> Result<()> {
        let mut objects = 0_u64;
        let mut depth = 0;
        loop {
            let opened = match self.token()? {
                Token::Object => Some(true),
                Token::Array => Some(false),
                _ => None,
            };
            match opened {
                Some(object) => {
                    depth += 1;
                    if outer + depth > MAX_DEPTH {
                        return Err(broken());
                    }
                    self.at += 1;
                    objects = objects << 1 | u64::from(object);
                    if spare_commas && depth == 1 {
                        self.pass_spare_commas()?;
                    }
                    if !self.take(if object { b'}' } else { b']' })? {
                        self.pass_name_of(objects)?;
                        continue;
                    }
                    objects >>= 1;
                    depth -= 1;
                }
                None => self.pass_scalar()?,
            }
            // Behind a value: close what ends here, go on behind a comma.
            loop {
                if depth == 0 {
                    return Ok(());
                }
                if self.take(b',')? {
                    let lenient = spare_commas && depth == 1;
                    if lenient {
                        self.pass_spare_commas()?;
                    }
                    if !(lenient && self.peek()? == b']') {
                        self.pass_name_of(objects)?;
                        break;
                    }
                }
                self.expect(if objects & 1 == 1 { b'}' } else { b']' })?;
                objects >>= 1;
                depth -= 1;
            }
        }
    }

    fn pass_spare_commas(&mut self) -> Result<()> {
        while self.take(b',')? {}
        Ok(())
    }

    /// In an object, passes the name of the next property.
    fn pass_name_of(&mut self, objects: u64) -> Result<()> {
        if objects & 1 == 1 {
            if self.peek()? != b'"' {
                return Err(broken());
            }
            self.pass_string()?;
            self.expect(b':')?;
        }
        Ok(())
    }

    fn pass_scalar(&mut self) -> Result<()> {
        match self.token()? {
            Token::String => self.pass_string().map(drop),
            Token::Number => self.pass_number(),
            Token::True => self.pass_word(b"true"),
            Token::False => self.pass_word(b"false"),
            Token::Null => self.pass_word(b"null"),
            Token::Object | Token::Array => Err(broken()),
        }
    }

    /// Takes one of the three words.
    pub(super) fn pass_word(&mut self, word: &[u8]) -> Result<()> {
        if !self.text[self.at..].starts_with(word) {
            return Err(broken());
        }
        self.at += word.len();
        Ok(())
    }

    /// Passes a string; whether it contains escapes.
    fn pass_string(&mut self) -> Result<bool> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at += plain_len(&self.text[self.at..]);
            match self.byte().ok_or_else(broken)? {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.pass_escape()?;
                }
                _ => return Err(broken()),
            }
        }
    }

    fn pass_escape(&mut self) -> Result<()> {
        let len = match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => 6,
            _ => return Err(broken()),
        };
        let escape = self.text.get(self.at..self.at + len).ok_or_else(broken)?;
        if len == 6 && !escape[2..].iter().all(u8::is_ascii_hexdigit) {
            return Err(broken());
        }
        self.at += len;
        Ok(())
    }

    fn pass_number(&mut self) -> Result<()> {
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.pass_digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.pass_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.pass_digits()?;
        }
        // A number is not followed by what could be part of it.
        match self.byte() {
            Some(b'0'..=b'9' | b'.' | b'-' | b'+') => Err(broken()),
            _ => Ok(()),
        }
    }

    fn pass_digits(&mut self) -> Result<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            Err(broken())
        }
    }
}

/// How many bytes come before the first quote, backslash or control character.
///
/// Eight at a time: in a word minus `0x01` in every byte the high bit of a byte
/// is set, if it was not before, exactly from the first zero byte on.
fn plain_len(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let mut words = text.chunks_exact(8);
    let mut len = 0;
    for bytes in &mut words {
        let word = u64::from_le_bytes(bytes.try_into().expect("a chunk of eight"));
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (quotes | backslashes | controls) & HIGHS;
        if special != 0 {
            // The lowest set bit is reliable; higher ones may come of a borrow.
            return len + special.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    let is_special = |&byte: &u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    let rest = words.remainder();
    len + rest.iter().position(is_special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
