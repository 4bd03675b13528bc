/// Bytes that were read and are not decoded. Holds no memory when empty.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            start: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn unread(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    /// All but the last `left` bytes are decoded.
    pub(super) fn keep_last(&mut self, left: usize) {
        if left == 0 {
            *self = Self::default();
        } else {
            self.start = self.bytes.len() - left;
        }
    }
}
