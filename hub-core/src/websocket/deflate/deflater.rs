use flate2::{FlushCompress, Status};

use super::contexts::Compressor;
use super::{Contexts, DeflateOptions, FLUSH_END, WindowBits};
use crate::websocket::{FrameHeader, MaskKey, MessageKind, OpCode, encode_message};

/// Compresses what one end sends, and frames it.
///
/// Made by [`DeflateParameters::deflater`](super::DeflateParameters::deflater).
/// Messages that are to go uncompressed, because they are secret or because they
/// are compressed already, are encoded with [`encode_message`] instead; they may
/// stand anywhere between compressed ones.
///
/// Without context takeover it owns no context but between the fragments of a
/// message.
#[derive(Debug)]
pub struct Deflater {
    window_bits: WindowBits,
    takeover: bool,
    min_message_size: usize,
    level: u8,
    pub(super) compressor: Option<Compressor>,
    /// Whether a message is begun with fragments and not finished.
    inside_message: bool,
}

impl Deflater {
    pub(super) fn new(window_bits: WindowBits, takeover: bool, options: &DeflateOptions) -> Self {
        Self {
            window_bits,
            takeover,
            min_message_size: options.min_message_size,
            level: options.level,
            compressor: None,
            inside_message: false,
        }
    }

    /// Whether a message of `len` bytes is long enough to be compressed.
    #[must_use]
    pub const fn is_worthwhile(&self, len: usize) -> bool {
        len >= self.min_message_size
    }

    /// Appends a whole message in one frame; clients must pass a fresh `mask`. It
    /// goes uncompressed when it is short, or when it would not become shorter and no
    /// context is taken over; with a minimum size of 0 it never does.
    ///
    /// # Panics
    /// In debug builds, when a message is begun with fragments and not finished.
    pub fn encode_message(
        &mut self,
        contexts: &mut Contexts,
        kind: MessageKind,
        payload: &[u8],
        mask: Option<MaskKey>,
        out: &mut Vec<u8>,
    ) {
        debug_assert!(!self.inside_message);
        if !self.is_worthwhile(payload.len()) {
            return encode_message(kind, payload, mask, out);
        }
        let mut deflated = contexts.take_deflated();
        self.deflate(contexts, payload, true, &mut deflated);
        // Once it is in a context that is taken over, the peer has to see it.
        if deflated.len() < payload.len() || self.takeover || self.min_message_size == 0 {
            let header = FrameHeader {
                compressed: true,
                mask,
                ..FrameHeader::new(kind.into(), deflated.len())
            };
            header.encode_with(&deflated, out);
        } else {
            encode_message(kind, payload, mask, out);
        }
        contexts.put_deflated(deflated);
    }

    /// Appends the next piece of a compressed message in a frame of its own. The
    /// kind of the first piece counts, and no piece is too short.
    pub fn encode_fragment(
        &mut self,
        contexts: &mut Contexts,
        kind: MessageKind,
        payload: &[u8],
        ends_message: bool,
        mask: Option<MaskKey>,
        out: &mut Vec<u8>,
    ) {
        let mut deflated = contexts.take_deflated();
        self.deflate(contexts, payload, ends_message, &mut deflated);
        let opcode = if self.inside_message {
            OpCode::Continuation
        } else {
            kind.into()
        };
        let header = FrameHeader {
            fin: ends_message,
            compressed: !self.inside_message,
            mask,
            ..FrameHeader::new(opcode, deflated.len())
        };
        header.encode_with(&deflated, out);
        contexts.put_deflated(deflated);
        self.inside_message = !ends_message;
    }

    /// Section 7.2.1.
    fn deflate(
        &mut self,
        contexts: &mut Contexts,
        payload: &[u8],
        ends_message: bool,
        out: &mut Vec<u8>,
    ) {
        let (window_bits, level) = (self.window_bits, self.level);
        if !payload.is_empty() {
            let compressor = self
                .compressor
                .get_or_insert_with(|| contexts.take_compressor(window_bits, level));
            compressor.flush_into(payload, out);
            if ends_message {
                debug_assert!(out.ends_with(&FLUSH_END));
                out.truncate(out.len() - FLUSH_END.len());
            }
        } else if ends_message {
            // zlib flushes nothing twice; this is the start of an empty block,
            // which the peer completes (section 7.2.3.6).
            out.push(0);
        }
        if ends_message
            && !self.takeover
            && let Some(compressor) = self.compressor.take()
        {
            contexts.put_compressor(compressor);
        }
    }
}

impl Compressor {
    /// Appends `payload`, which is not empty, as whole blocks.
    fn flush_into(&mut self, mut payload: &[u8], out: &mut Vec<u8>) {
        loop {
            // More than the end of a flush: with less room zlib might repeat it.
            out.reserve(payload.len() / 2 + 64);
            let consumed = self.zlib.total_in();
            let status = self
                .zlib
                .compress_vec(payload, out, FlushCompress::Sync)
                .expect("an unfinished stream takes any bytes");
            // What was consumed is a part of the slice.
            payload = &payload[(self.zlib.total_in() - consumed) as usize..];
            let is_flushed = payload.is_empty() && out.len() < out.capacity();
            if is_flushed || status == Status::BufError {
                return;
            }
        }
    }
}
