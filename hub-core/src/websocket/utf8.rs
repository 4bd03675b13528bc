use super::ProtocolError;

/// Checks UTF-8 that arrives in pieces, and fails at the first byte that cannot
/// be part of a valid text.
///
/// Keeps at most the three bytes of a character that is cut by the end of a
/// piece.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8Validator {
    cut: [u8; 3],
    cut_len: u8,
}

impl Utf8Validator {
    /// A validator at the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cut: [0; 3],
            cut_len: 0,
        }
    }

    /// Checks the next piece.
    ///
    /// # Errors
    /// [`ProtocolError::InvalidUtf8`]; the validator is of no use afterwards.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), ProtocolError> {
        if self.cut_len > 0 {
            piece = self.complete_cut(piece)?;
        }
        match std::str::from_utf8(piece) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_none() => {
                self.keep(&piece[error.valid_up_to()..]);
                Ok(())
            }
            Err(_) => Err(ProtocolError::InvalidUtf8),
        }
    }

    /// Ends the text; the next piece begins another one.
    ///
    /// # Errors
    /// [`ProtocolError::InvalidUtf8`] when a character is cut by the end.
    pub fn finish(&mut self) -> Result<(), ProtocolError> {
        if std::mem::take(&mut self.cut_len) == 0 {
            Ok(())
        } else {
            Err(ProtocolError::InvalidUtf8)
        }
    }

    /// Takes from `piece` what the cut character lacks; returns the rest.
    fn complete_cut<'p>(&mut self, piece: &'p [u8]) -> Result<&'p [u8], ProtocolError> {
        let have = usize::from(self.cut_len);
        let lacking = (sequence_len(self.cut[0]) - have).min(piece.len());
        let (front, rest) = piece.split_at(lacking);
        let mut character = [0; 4];
        character[..have].copy_from_slice(&self.cut[..have]);
        character[have..have + lacking].copy_from_slice(front);
        let character = &character[..have + lacking];
        match std::str::from_utf8(character) {
            Ok(_) => self.cut_len = 0,
            Err(error) if error.error_len().is_none() => self.keep(character),
            Err(_) => return Err(ProtocolError::InvalidUtf8),
        }
        Ok(rest)
    }

    fn keep(&mut self, cut: &[u8]) {
        self.cut[..cut.len()].copy_from_slice(cut);
        // The start of a character is at most three bytes long.
        self.cut_len = cut.len() as u8;
    }
}

/// Bytes of the character that begins with `first`, which is known to begin one
/// of several bytes.
fn sequence_len(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[&[u8]]) -> Result<(), ProtocolError> {
        let mut validator = Utf8Validator::default();
        for piece in pieces {
            validator.push(piece)?;
        }
        validator.finish()
    }

    #[test]
    fn any_cut_of_valid_text_is_valid() {
        let text = "aß水\u{10FFFF}🦀\u{FEFF}z".as_bytes();
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(check(&pieces), Ok(()));
            }
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(check(&bytes), Ok(()));
    }

    #[test]
    fn wrong_bytes_fail_at_once() {
        for (good, bad) in [
            (&b""[..], 0x80), // a continuation byte without a start
            (b"", 0xC0),      // overlong
            (b"", 0xF5),      // beyond U+10FFFF
            (b"\xE0", 0x9F),  // overlong in three bytes
            (b"\xED", 0xA0),  // a surrogate
            (b"\xF0", 0x8F),  // overlong in four bytes
            (b"\xF4", 0x90),  // beyond U+10FFFF
            (b"\xF0\x9F", 0x41),
        ] {
            let mut validator = Utf8Validator::default();
            assert_eq!(validator.push(good), Ok(()));
            assert_eq!(validator.push(&[bad]), Err(ProtocolError::InvalidUtf8));
            let whole = [good, &[bad]].concat();
            assert_eq!(
                Utf8Validator::default().push(&whole),
                Err(ProtocolError::InvalidUtf8)
            );
        }
    }

    #[test]
    fn a_text_must_not_end_inside_a_character() {
        assert_eq!(check(&[b"a\xF0\x9F"]), Err(ProtocolError::InvalidUtf8));
        assert_eq!(check(&[b"\xC3", b"\xA4"]), Ok(()));
    }
}
