//! Just enough MessagePack for the SignalR hub protocol.

pub(crate) fn put_str(out: &mut Vec<u8>, s: &[u8]) {
    match s.len() {
        n @ 0..=31 => out.push(0xa0 | n as u8),
        n @ 32..=255 => out.extend_from_slice(&[0xd9, n as u8]),
        n @ 256..=65535 => {
            out.push(0xda);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(0xdb);
            out.extend_from_slice(&(n as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(s);
}

pub(crate) fn put_int(out: &mut Vec<u8>, v: i64) {
    match v {
        0..=127 => out.push(v as u8),
        -32..=-1 => out.push(v as u8),
        _ => match i32::try_from(v) {
            Ok(v) => {
                out.push(0xd2);
                out.extend_from_slice(&v.to_be_bytes());
            }
            Err(_) => {
                out.push(0xd3);
                out.extend_from_slice(&v.to_be_bytes());
            }
        },
    }
}

pub(crate) fn put_array(out: &mut Vec<u8>, n: usize) {
    debug_assert!(n < 16);
    out.push(0x90 | n as u8);
}

/// Prefixes the bytes from `start` on with their length as a SignalR varint.
pub(crate) fn prefix_len(out: &mut Vec<u8>, start: usize) {
    let mut n = out.len() - start;
    let mut head = [0u8; 5];
    let mut k = 0;
    loop {
        head[k] = (n & 0x7f) as u8 | if n > 0x7f { 0x80 } else { 0 };
        n >>= 7;
        k += 1;
        if n == 0 {
            break;
        }
    }
    out.splice(start..start, head[..k].iter().copied());
}

/// Splits off the next length-prefixed message.
pub(crate) fn next_message<'a>(b: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut n = 0usize;
    for k in 0..5 {
        let byte = *b.get(k)?;
        n |= usize::from(byte & 0x7f) << (7 * k);
        if byte & 0x80 == 0 {
            let msg = b.get(k + 1..k + 1 + n)?;
            *b = &b[k + 1 + n..];
            return Some(msg);
        }
    }
    None
}

pub(crate) struct Reader<'a> {
    b: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(b: &'a [u8]) -> Self {
        Reader { b }
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let s = self.b.get(..n)?;
        self.b = &self.b[n..];
        Some(s)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn be(&mut self, n: usize) -> Option<u64> {
        Some(self.take(n)?.iter().fold(0, |v, b| v << 8 | u64::from(*b)))
    }

    pub(crate) fn array(&mut self) -> Option<usize> {
        match self.byte()? {
            t @ 0x90..=0x9f => Some(usize::from(t & 15)),
            0xdc => Some(self.be(2)? as usize),
            0xdd => Some(self.be(4)? as usize),
            _ => None,
        }
    }

    pub(crate) fn int(&mut self) -> Option<i64> {
        Some(match self.byte()? {
            t @ 0..=0x7f => i64::from(t),
            t @ 0xe0..=0xff => i64::from(t as i8),
            0xcc => self.be(1)? as i64,
            0xcd => self.be(2)? as i64,
            0xce => self.be(4)? as i64,
            0xcf => self.be(8)? as i64,
            0xd0 => i64::from(self.be(1)? as i8),
            0xd1 => i64::from(self.be(2)? as i16),
            0xd2 => i64::from(self.be(4)? as i32),
            0xd3 => self.be(8)? as i64,
            _ => return None,
        })
    }

    /// A string, or an empty one for nil.
    pub(crate) fn str(&mut self) -> Option<&'a [u8]> {
        let n = match self.byte()? {
            0xc0 => 0,
            t @ 0xa0..=0xbf => usize::from(t & 31),
            0xd9 | 0xc4 => self.be(1)? as usize,
            0xda | 0xc5 => self.be(2)? as usize,
            0xdb | 0xc6 => self.be(4)? as usize,
            _ => return None,
        };
        self.take(n)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.b.is_empty()
    }

    pub(crate) fn skip(&mut self) -> Option<()> {
        let mut left = 1usize;
        while left > 0 {
            left -= 1;
            match self.byte()? {
                0..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => {}
                t @ 0x80..=0x8f => left += 2 * usize::from(t & 15),
                t @ 0x90..=0x9f => left += usize::from(t & 15),
                t @ 0xa0..=0xbf => drop(self.take(usize::from(t & 31))?),
                0xc4 | 0xd9 => {
                    let n = self.be(1)? as usize;
                    self.take(n)?;
                }
                0xc5 | 0xda => {
                    let n = self.be(2)? as usize;
                    self.take(n)?;
                }
                0xc6 | 0xdb => {
                    let n = self.be(4)? as usize;
                    self.take(n)?;
                }
                0xcc | 0xd0 => drop(self.take(1)?),
                0xcd | 0xd1 => drop(self.take(2)?),
                0xca | 0xce | 0xd2 => drop(self.take(4)?),
                0xcb | 0xcf | 0xd3 => drop(self.take(8)?),
                t @ 0xd4..=0xd8 => drop(self.take(1 + (1 << (t - 0xd4)))?),
                0xc7 => {
                    let n = self.be(1)? as usize;
                    self.take(n + 1)?;
                }
                0xc8 => {
                    let n = self.be(2)? as usize;
                    self.take(n + 1)?;
                }
                0xc9 => {
                    let n = self.be(4)? as usize;
                    self.take(n + 1)?;
                }
                0xdc => left += self.be(2)? as usize,
                0xdd => left += self.be(4)? as usize,
                0xde => left += 2 * self.be(2)? as usize,
                0xdf => left += 2 * self.be(4)? as usize,
                0xc1 => return None,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for len in [0usize, 5, 31, 32, 200, 300, 70_000] {
            let text = vec![b'x'; len];
            let mut out = vec![9, 9];
            put_array(&mut out, 3);
            put_int(&mut out, 3);
            out.push(0x80);
            put_str(&mut out, &text);
            prefix_len(&mut out, 2);
            let mut rest = &out[2..];
            let msg = next_message(&mut rest).unwrap();
            assert!(rest.is_empty());
            let mut r = Reader::new(msg);
            assert_eq!(r.array(), Some(3));
            assert_eq!(r.int(), Some(3));
            r.skip().unwrap();
            assert_eq!(r.str().unwrap(), &text[..]);
            assert!(r.is_empty());
        }
        for v in [0, 1, 127, 128, -1, -32, -33, 1 << 20, -(1 << 40)] {
            let mut out = Vec::new();
            put_int(&mut out, v);
            assert_eq!(Reader::new(&out).int(), Some(v));
            let mut r = Reader::new(&out);
            r.skip().unwrap();
            assert!(r.is_empty());
        }
    }

    #[test]
    fn short_input_is_none() {
        assert!(next_message(&mut &[5u8, 1][..]).is_none());
        assert!(next_message(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 1][..]).is_none());
        assert!(Reader::new(&[0xdb, 0, 0]).str().is_none());
        assert!(Reader::new(&[0xdc, 0, 3, 1]).skip().is_none());
    }
}
