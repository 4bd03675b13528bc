use flate2::{FlushDecompress, Status};

use super::contexts::Decompressor;
use super::{Contexts, FLUSH_END, WindowBits};
use crate::websocket::{Fragment, MessageKind, ProtocolError, Utf8Validator};

/// [`FLUSH_END`], and an empty last block behind it. Only at the end of a block,
/// where a message has to end, does it end the stream.
const STREAM_END: [u8; 6] = [0x00, 0x00, 0xFF, 0xFF, 0x03, 0x00];

/// Inflates what the peer sends.
///
/// Made by [`DeflateParameters::inflater`](super::DeflateParameters::inflater).
/// Takes the compressed fragments of a [`Decoder`](crate::websocket::Decoder) that
/// [accepts](crate::websocket::Decoder::accept_compressed) them; the others pass it
/// by. What comes out has been checked as the decoder checks plain messages.
///
/// A short message may inflate to a very long one. So it is inflated in pieces of
/// at most 16 KiB, and no further than up to its limit.
///
/// Without context takeover it owns a context only inside a message.
#[derive(Debug)]
pub struct Inflater {
    window_bits: WindowBits,
    takeover: bool,
    max_message_len: usize,
    pub(super) decompressor: Option<Decompressor>,
    message: Progress,
    utf8: Utf8Validator,
}

/// How far the current message has come.
#[derive(Debug, Default)]
struct Progress {
    /// Bytes that were inflated.
    inflated: usize,
    /// Whether anything has arrived.
    begun: bool,
    /// Whether a stream has ended and nothing has followed.
    stream_ended: bool,
    /// What of the end is fed already.
    end_fed: usize,
}

impl Inflater {
    pub(super) fn new(window_bits: WindowBits, takeover: bool, max_message_len: usize) -> Self {
        Self {
            window_bits,
            takeover,
            max_message_len,
            decompressor: None,
            message: Progress::default(),
            utf8: Utf8Validator::new(),
        }
    }

    /// Inflates the beginning of `piece`, and takes it off. `None` when nothing
    /// more comes of the piece; call it again until then.
    ///
    /// # Errors
    /// [`ProtocolError::InvalidDeflate`], [`ProtocolError::InvalidUtf8`], and
    /// [`ProtocolError::MessageTooLong`] before anything beyond the limit is handed
    /// out. The connection cannot go on.
    pub fn inflate<'c>(
        &mut self,
        contexts: &'c mut Contexts,
        piece: &mut Fragment<'_>,
    ) -> Result<Option<Fragment<'c>>, ProtocolError> {
        if piece.payload.is_empty() && !piece.ends_message && !self.message.begun {
            return Ok(None);
        }
        let mut decompressor = match self.decompressor.take() {
            Some(decompressor) => decompressor,
            None => contexts.take_decompressor(self.window_bits),
        };
        let filled = self.fill(&mut decompressor, piece, contexts.inflated());
        let ends_message = matches!(filled, Ok((_, true)));
        if self.takeover || !ends_message {
            self.decompressor = Some(decompressor);
        } else {
            contexts.put_decompressor(decompressor);
        }
        let len = filled?.0;
        if len == 0 && !ends_message {
            return Ok(None);
        }
        self.message.inflated += len;
        if self.message.inflated > self.max_message_len {
            return Err(ProtocolError::MessageTooLong);
        }
        let payload = &contexts.inflated()[..len];
        if piece.kind == MessageKind::Text {
            self.utf8.push(payload)?;
        }
        if ends_message {
            self.utf8.finish()?;
            self.message = Progress::default();
            piece.ends_message = false;
        }
        Ok(Some(Fragment {
            kind: piece.kind,
            payload,
            ends_message,
            compressed: false,
        }))
    }

    /// Inflates until `out` is full or the piece is used up. Returns the bytes that
    /// were inflated, and whether the message is complete.
    fn fill(
        &mut self,
        decompressor: &mut Decompressor,
        piece: &mut Fragment<'_>,
        out: &mut [u8],
    ) -> Result<(usize, bool), ProtocolError> {
        let progress = &mut self.message;
        progress.begun |= !piece.payload.is_empty();
        let end: &[u8] = if self.takeover {
            &FLUSH_END
        } else {
            &STREAM_END
        };
        let mut filled = 0;
        while progress.begun {
            let is_end = piece.payload.is_empty();
            // Whoever ends a stream himself may leave the rest out.
            let is_over = is_end && progress.end_fed == 0 && progress.stream_ended;
            let input = match is_end {
                false => piece.payload,
                true if piece.ends_message && !is_over => &end[progress.end_fed..],
                true => &[],
            };
            let (consumed, inflated, status) = decompressor.step(input, &mut out[filled..])?;
            filled += inflated;
            match is_end {
                false => piece.payload = &piece.payload[consumed..],
                true => progress.end_fed += consumed,
            }
            if consumed > 0 {
                progress.stream_ended = false;
            }
            if status == Status::StreamEnd {
                // Whoever ends a stream begins the next one with an empty window.
                decompressor.reset();
                progress.stream_ended = true;
            } else if filled == out.len() {
                return Ok((filled, false));
            } else if consumed == 0 && inflated == 0 {
                break;
            }
        }
        if !piece.payload.is_empty() {
            return Err(ProtocolError::InvalidDeflate);
        }
        let is_complete = self.takeover || progress.stream_ended || !progress.begun;
        if piece.ends_message && !is_complete {
            return Err(ProtocolError::InvalidDeflate);
        }
        Ok((filled, piece.ends_message))
    }
}

impl Decompressor {
    /// Returns the bytes that were consumed and inflated.
    fn step(
        &mut self,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<(usize, usize, Status), ProtocolError> {
        let (consumed, inflated) = (self.zlib.total_in(), self.zlib.total_out());
        let status = self
            .zlib
            .decompress(input, out, FlushDecompress::Sync)
            .map_err(|_| ProtocolError::InvalidDeflate)?;
        // Both are bounded by the slices.
        Ok((
            (self.zlib.total_in() - consumed) as usize,
            (self.zlib.total_out() - inflated) as usize,
            status,
        ))
    }
}
