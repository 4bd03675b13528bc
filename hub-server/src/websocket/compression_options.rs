use hub_core::websocket::deflate::DeflateOptions;

use super::WebSocketOptions;

/// Compression (permessage-deflate, RFC 7692).
///
/// ```
/// use hub_server::websocket::WebSocketOptions;
///
/// let options = WebSocketOptions::default()
///     .dangerous_enable_compression(true)
///     .server_max_window_bits(12)
///     .min_compressed_size(4096);
/// ```
impl WebSocketOptions {
    /// Whether messages are compressed if the client offers to. Default false. If
    /// no offer fits, the WebSocket opens all the same, without compression.
    ///
    /// # Security
    /// Do not switch this on where an attacker can make one end send what he
    /// chose, together with a secret, and see how long the encrypted message is.
    /// The length tells him how much of his guess occurs in the secret, and so the
    /// secret by and by (CRIME and BREACH). It helps to send messages with secrets
    /// by [`send_uncompressed`](super::WebSocket::send_uncompressed), and to leave
    /// context takeover disabled, so that messages do not tell of each other.
    ///
    /// # Costs
    /// A received message counts with the length that it inflates to against
    /// [`max_message_size`](Self::max_message_size), for
    /// [`recv_fragment`](super::WebSocket::recv_fragment) too, and is inflated no
    /// further. See the other options for memory.
    pub fn dangerous_enable_compression(mut self, enable: bool) -> Self {
        self.compression.enabled = enable;
        self
    }

    /// How far back in what it has sent the server may refer: 2 to the power of 9
    /// to 15 bytes; other numbers count as the nearest of these. A client may ask
    /// for less. Default 15. Smaller windows spare clients memory and compress
    /// less.
    pub fn server_max_window_bits(self, bits: u8) -> Self {
        self.deflate(|deflate| deflate.server_max_window_bits(bits))
    }

    /// The same for what the client sends, if it offers to limit that. Default 15.
    pub fn client_max_window_bits(self, bits: u8) -> Self {
        self.deflate(|deflate| deflate.client_max_window_bits(bits))
    }

    /// Whether the server compresses each message by itself. Default true: a
    /// connection owns no compressor. With takeover (false), repeated short
    /// messages become much shorter, for 150 to 200 KiB that each connection owns
    /// from the first message that it sends compressed.
    pub fn disable_server_context_takeover(self, disable: bool) -> Self {
        self.deflate(|deflate| deflate.disable_server_context_takeover(disable))
    }

    /// Whether the client must compress each message by itself. Default true: a
    /// connection owns no decompressor between messages. With takeover (false), it
    /// owns 20 to 50 KiB from the first compressed message that it receives.
    pub fn disable_client_context_takeover(self, disable: bool) -> Self {
        self.deflate(|deflate| deflate.disable_client_context_takeover(disable))
    }

    /// The shortest message that is compressed, in bytes; of a message that is sent
    /// in fragments the first one counts. Default 1024: without takeover, shorter
    /// ones cost time and hardly shrink. With 0 every message is, even one that
    /// becomes longer by it.
    pub fn min_compressed_size(self, bytes: usize) -> Self {
        self.deflate(|deflate| deflate.min_message_size(bytes))
    }

    /// How much time to spend on compressing, from 1 to 9; other numbers count as
    /// the nearest of these. Default 1.
    pub fn compression_level(self, level: u8) -> Self {
        self.deflate(|deflate| deflate.level(level))
    }

    fn deflate(mut self, change: impl FnOnce(DeflateOptions) -> DeflateOptions) -> Self {
        self.compression.deflate = change(self.compression.deflate);
        self
    }
}
