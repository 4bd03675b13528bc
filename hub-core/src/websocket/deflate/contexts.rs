use flate2::{Compress, Compression, Decompress};

use super::WindowBits;

/// Inflated bytes that are handed out at once.
const PIECE_LEN: usize = 16 * 1024;

/// What a buffer may keep of its memory when nobody uses it.
const KEPT_CAPACITY: usize = 128 * 1024;

/// Contexts that are kept of each kind. One is in use at a time, except for those
/// that inflate messages which arrive in parts; and few window sizes are.
const MAX_SPARE: usize = 4;

/// The memory of zlib and the buffers that all connections of a thread share.
///
/// Connections without context takeover borrow from here for one message at a
/// time. At most four contexts of each kind are kept: about 1 MiB, once so many
/// were in use.
#[derive(Debug, Default)]
pub struct Contexts {
    compressors: Vec<Compressor>,
    decompressors: Vec<Decompressor>,
    deflated: Vec<u8>,
    inflated: Vec<u8>,
}

impl Contexts {
    pub(super) fn take_compressor(&mut self, window_bits: WindowBits, level: u8) -> Compressor {
        let is_fit = |it: &Compressor| (it.window_bits, it.level) == (window_bits, level);
        match self.compressors.iter().rposition(is_fit) {
            Some(at) => self.compressors.swap_remove(at),
            None => Compressor::new(window_bits, level),
        }
    }

    /// Takes one back, to be used for another message.
    pub(super) fn put_compressor(&mut self, mut compressor: Compressor) {
        compressor.zlib.reset();
        put(&mut self.compressors, compressor);
    }

    pub(super) fn take_decompressor(&mut self, window_bits: WindowBits) -> Decompressor {
        let is_fit = |it: &Decompressor| it.window_bits == window_bits;
        match self.decompressors.iter().rposition(is_fit) {
            Some(at) => self.decompressors.swap_remove(at),
            None => Decompressor::new(window_bits),
        }
    }

    /// Takes one back, to be used for another message.
    pub(super) fn put_decompressor(&mut self, mut decompressor: Decompressor) {
        decompressor.reset();
        put(&mut self.decompressors, decompressor);
    }

    /// How many compressors and decompressors nobody uses.
    #[cfg(test)]
    pub(super) fn spare(&self) -> (usize, usize) {
        (self.compressors.len(), self.decompressors.len())
    }

    /// Where to put inflated bytes; its content is of no meaning.
    pub(super) fn inflated(&mut self) -> &mut [u8] {
        self.inflated.resize(PIECE_LEN, 0);
        &mut self.inflated
    }

    /// An empty buffer for deflated bytes.
    pub(super) fn take_deflated(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.deflated)
    }

    pub(super) fn put_deflated(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        buffer.shrink_to(KEPT_CAPACITY);
        self.deflated = buffer;
    }
}

/// Keeps `spare`; the one that was used least lately makes room.
fn put<T>(kept: &mut Vec<T>, spare: T) {
    if kept.len() == MAX_SPARE {
        kept.remove(0);
    }
    kept.push(spare);
}

/// One end of a stream of DEFLATE data.
#[derive(Debug)]
pub(super) struct Compressor {
    pub(super) zlib: Box<Compress>,
    window_bits: WindowBits,
    level: u8,
}

impl Compressor {
    fn new(window_bits: WindowBits, level: u8) -> Self {
        let (bits, compression) = (window_bits.as_u8(), Compression::new(level.into()));
        Self {
            zlib: Box::new(Compress::new_with_window_bits(compression, false, bits)),
            window_bits,
            level,
        }
    }
}

/// The other end.
#[derive(Debug)]
pub(super) struct Decompressor {
    pub(super) zlib: Box<Decompress>,
    window_bits: WindowBits,
}

impl Decompressor {
    fn new(window_bits: WindowBits) -> Self {
        Self {
            zlib: Box::new(Decompress::new_with_window_bits(false, window_bits.as_u8())),
            window_bits,
        }
    }

    /// Begins another stream.
    pub(super) fn reset(&mut self) {
        self.zlib.reset(false);
    }
}
