//! The workloads. Each has the part that runs in the event loops and the part that conducts a run.

pub(crate) mod broadcast;
pub(crate) mod echo;
pub(crate) mod idle;
pub(crate) mod storm;
pub(crate) mod stream;

/// A payload whose first 16 bytes are a number in hex and whose rest is filler.
pub(crate) struct Payload {
    bytes: Vec<u8>,
}

pub(crate) const MIN_PAYLOAD: usize = 16;

impl Payload {
    pub(crate) fn new(size: usize) -> Payload {
        Payload {
            bytes: vec![b'x'; size.max(MIN_PAYLOAD)],
        }
    }

    pub(crate) fn with_number(&mut self, mut n: u64) -> &[u8] {
        for b in self.bytes[..16].iter_mut().rev() {
            *b = b"0123456789abcdef"[(n & 15) as usize];
            n >>= 4;
        }
        &self.bytes
    }

    /// Whether `text` is what `with_number(n)` gave.
    pub(crate) fn matches(&mut self, n: u64, text: &[u8]) -> bool {
        self.with_number(n) == text
    }
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn payloads_carry_their_number() {
        let mut p = Payload::new(20);
        assert_eq!(p.with_number(0x1f), b"000000000000001fxxxx");
        let copy = p.with_number(77).to_vec();
        assert!(p.matches(77, &copy));
        assert!(!p.matches(78, &copy));
        assert!(!p.matches(77, &copy[..19]));
    }
}
