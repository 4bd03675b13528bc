//! RFC 6455, client side: the upgrade request, masked frames out, frames in.

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

// The nonce of the RFC's own example and its answer: a constant one lets every connection check the
// server's Sec-WebSocket-Accept without hashing.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(crate) fn upgrade_request(out: &mut Vec<u8>, host: &str, path: &str) {
    out.extend_from_slice(
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        .as_bytes(),
    );
}

pub(crate) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|w| w == needle)
}

/// The length of a complete upgrade answer at the start of `b`, `Ok(None)` if more is needed.
pub(crate) fn parse_upgrade(b: &[u8]) -> Result<Option<usize>, String> {
    let Some(end) = find(b, b"\r\n\r\n") else {
        return if b.len() > 16 * 1024 {
            Err("upgrade answer too long".into())
        } else {
            Ok(None)
        };
    };
    let head = &b[..end];
    if !head.starts_with(b"HTTP/1.1 101") {
        let line = head.split(|c| *c == b'\r').next().unwrap_or_default();
        return Err(format!(
            "upgrade refused: {}",
            String::from_utf8_lossy(&line[..line.len().min(60)])
        ));
    }
    if find(head, ACCEPT).is_none() {
        return Err("wrong Sec-WebSocket-Accept".into());
    }
    Ok(Some(end + 4))
}

/// Appends one masked, final frame.
pub(crate) fn put_frame(out: &mut Vec<u8>, opcode: u8, key: u32, payload: &[u8]) {
    out.push(0x80 | opcode);
    match payload.len() {
        n @ 0..=125 => out.push(0x80 | n as u8),
        n @ 126..=65535 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    let key = key.to_ne_bytes();
    out.extend_from_slice(&key);
    let start = out.len();
    out.extend_from_slice(payload);
    mask(&mut out[start..], key);
}

fn mask(b: &mut [u8], key: [u8; 4]) {
    let wide = u64::from_ne_bytes([
        key[0], key[1], key[2], key[3], key[0], key[1], key[2], key[3],
    ]);
    let mut chunks = b.chunks_exact_mut(8);
    for c in &mut chunks {
        let v = u64::from_ne_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]) ^ wide;
        c.copy_from_slice(&v.to_ne_bytes());
    }
    for (i, byte) in chunks.into_remainder().iter_mut().enumerate() {
        *byte ^= key[i & 3];
    }
}

pub(crate) struct Frame<'a> {
    pub(crate) fin: bool,
    pub(crate) opcode: u8,
    pub(crate) payload: &'a [u8],
}

/// Takes the next complete server frame off the front of `b`.
pub(crate) fn next_frame<'a>(b: &mut &'a [u8]) -> Result<Option<Frame<'a>>, String> {
    let [b0, b1, ..] = **b else { return Ok(None) };
    if b0 & 0x70 != 0 {
        return Err("reserved bits set".into());
    }
    if b1 & 0x80 != 0 {
        return Err("masked frame from the server".into());
    }
    let (head, len) = match b1 {
        126 => match b.get(2..4) {
            Some(n) => (4, usize::from(u16::from_be_bytes([n[0], n[1]]))),
            None => return Ok(None),
        },
        127 => match b.get(2..10) {
            Some(n) => (10, n.iter().fold(0usize, |v, x| v << 8 | usize::from(*x))),
            None => return Ok(None),
        },
        n => (2, usize::from(n)),
    };
    if len > 64 << 20 {
        return Err("frame over 64 MiB".into());
    }
    let Some(payload) = b.get(head..head + len) else {
        return Ok(None);
    };
    *b = &b[head + len..];
    Ok(Some(Frame {
        fin: b0 & 0x80 != 0,
        opcode: b0 & 15,
        payload,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_every_length() {
        for n in [0usize, 1, 7, 8, 9, 125, 126, 65535, 65536] {
            let payload: Vec<u8> = (0..n).map(|i| i as u8).collect();
            let mut out = Vec::new();
            put_frame(&mut out, TEXT, 0xdead_beef, &payload);
            let head = out.len() - n;
            let key: [u8; 4] = out[head - 4..head].try_into().unwrap();
            let plain: Vec<u8> = out[head..]
                .iter()
                .enumerate()
                .map(|(i, b)| b ^ key[i & 3])
                .collect();
            assert_eq!(plain, payload);
        }
    }

    #[test]
    fn frames_need_all_their_bytes() {
        let bytes = [0x81, 3, b'a', b'b', b'c', 0x8a, 0];
        for cut in 0..5 {
            assert!(next_frame(&mut &bytes[..cut]).unwrap().is_none());
        }
        let mut rest = &bytes[..];
        let f = next_frame(&mut rest).unwrap().unwrap();
        assert!(f.fin && f.opcode == TEXT && f.payload == b"abc");
        assert_eq!(next_frame(&mut rest).unwrap().unwrap().opcode, PONG);
        assert!(rest.is_empty());
        assert!(next_frame(&mut &[0xc1u8, 0][..]).is_err());
        assert!(next_frame(&mut &[0x81u8, 0x80, 0, 0, 0, 0][..]).is_err());
    }

    #[test]
    fn upgrade_answers() {
        let ok = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81";
        assert_eq!(parse_upgrade(ok).unwrap(), Some(ok.len() - 1));
        assert_eq!(parse_upgrade(&ok[..40]).unwrap(), None);
        assert!(parse_upgrade(b"HTTP/1.1 404 Not Found\r\n\r\n").is_err());
        assert!(parse_upgrade(b"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: no\r\n\r\n").is_err());
    }
}
