use std::fmt;

/// How far back compressed data may refer: 2 to the power of 9 to 15 bytes.
///
/// RFC 7692 knows 8 too, which zlib cannot do without a header of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 512 bytes.
    pub const MIN: Self = Self(9);
    /// 32 KiB, which is what counts when nothing is said.
    pub const MAX: Self = Self(15);

    /// Windows of `2.pow(bits)` bytes, if there are such.
    #[must_use]
    pub const fn try_new(bits: u8) -> Option<Self> {
        if bits < Self::MIN.0 || bits > Self::MAX.0 {
            return None;
        }
        Some(Self(bits))
    }

    /// The number of bits.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }

    /// The nearest that there is.
    pub(super) fn nearest(bits: u8) -> Self {
        Self(bits.clamp(Self::MIN.0, Self::MAX.0))
    }
}

impl fmt::Debug for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WindowBits({})", self.0)
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What one end wants of permessage-deflate.
///
/// ```
/// use hub_core::websocket::deflate::DeflateOptions;
///
/// let options = DeflateOptions::new().server_max_window_bits(12);
/// assert_eq!(
///     options.offer(),
///     "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
///      server_max_window_bits=12; client_max_window_bits"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct DeflateOptions {
    pub(super) server_max_window_bits: WindowBits,
    pub(super) client_max_window_bits: WindowBits,
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) min_message_size: usize,
    pub(super) level: u8,
}

impl Default for DeflateOptions {
    fn default() -> Self {
        Self {
            server_max_window_bits: WindowBits::MAX,
            client_max_window_bits: WindowBits::MAX,
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            min_message_size: 1024,
            level: 1,
        }
    }
}

impl DeflateOptions {
    /// The defaults: no context takeover, full windows, the fastest compression of
    /// messages from 1 KiB on.
    pub fn new() -> Self {
        Self::default()
    }

    /// The window of what the server sends, 9 to 15 bits; other numbers count as
    /// the nearest of these. Default 15. Smaller windows spare the client memory.
    pub fn server_max_window_bits(mut self, bits: u8) -> Self {
        self.server_max_window_bits = WindowBits::nearest(bits);
        self
    }

    /// The window of what the client sends, as above; clients that do not offer to
    /// limit it use the full one. Default 15.
    pub fn client_max_window_bits(mut self, bits: u8) -> Self {
        self.client_max_window_bits = WindowBits::nearest(bits);
        self
    }

    /// Whether the server compresses each message by itself. Default true: the
    /// server keeps nothing for a connection between messages, and what is sent to
    /// many is compressed once. With takeover (false), repeated short messages
    /// become much shorter, for 150 to 200 KiB that each connection owns until its
    /// end.
    pub fn disable_server_context_takeover(mut self, disable: bool) -> Self {
        self.server_no_context_takeover = disable;
        self
    }

    /// Whether the client must compress each message by itself. Default true. With
    /// takeover (false), the server owns 20 to 50 KiB for each connection from its
    /// first compressed message to its end.
    pub fn disable_client_context_takeover(mut self, disable: bool) -> Self {
        self.client_no_context_takeover = disable;
        self
    }

    /// The shortest message that is compressed, in bytes. Default 1024: without
    /// takeover, shorter ones cost time and hardly shrink. With 0 every message is,
    /// even one that becomes longer by it.
    pub fn min_message_size(mut self, bytes: usize) -> Self {
        self.min_message_size = bytes;
        self
    }

    /// How much time to spend on compressing, from 1 to 9; other numbers count as
    /// the nearest of these. Default 1.
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.clamp(1, 9);
        self
    }
}
