//! Just enough JSON to read the fields of a top-level object without building a tree.

use std::borrow::Cow;

fn skip_ws(b: &[u8], mut i: usize) -> usize {
    while i < b.len() && matches!(b[i], b' ' | b'\t' | b'\r' | b'\n') {
        i += 1;
    }
    i
}

/// `i` is at an opening quote; returns the index after the closing one.
fn skip_string(b: &[u8], mut i: usize) -> Option<usize> {
    i += 1;
    loop {
        match *b.get(i)? {
            b'"' => return Some(i + 1),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
}

/// `i` is at the first byte of a value; returns the index after it.
fn skip_value(b: &[u8], mut i: usize) -> Option<usize> {
    match *b.get(i)? {
        b'"' => skip_string(b, i),
        b'{' | b'[' => {
            let mut depth = 0usize;
            loop {
                match *b.get(i)? {
                    b'"' => {
                        i = skip_string(b, i)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(i + 1);
                        }
                    }
                    _ => {}
                }
                i += 1;
            }
        }
        _ => {
            let start = i;
            while i < b.len() && !matches!(b[i], b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
            {
                i += 1;
            }
            (i > start).then_some(i)
        }
    }
}

/// Calls `f(key, raw value)` for each member of the object in `b`; `None` if `b` is not an object.
pub(crate) fn members<'a>(b: &'a [u8], mut f: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let mut i = skip_ws(b, 0);
    if *b.get(i)? != b'{' {
        return None;
    }
    i = skip_ws(b, i + 1);
    if *b.get(i)? == b'}' {
        return Some(());
    }
    loop {
        if *b.get(i)? != b'"' {
            return None;
        }
        let key_end = skip_string(b, i)?;
        let key = &b[i + 1..key_end - 1];
        i = skip_ws(b, key_end);
        if *b.get(i)? != b':' {
            return None;
        }
        i = skip_ws(b, i + 1);
        let end = skip_value(b, i)?;
        f(key, &b[i..end]);
        i = skip_ws(b, end);
        match *b.get(i)? {
            b',' => i = skip_ws(b, i + 1),
            b'}' => return Some(()),
            _ => return None,
        }
    }
}

/// The raw text of the n-th element of an array.
pub(crate) fn element(b: &[u8], n: usize) -> Option<&[u8]> {
    let mut i = skip_ws(b, 0);
    if *b.get(i)? != b'[' {
        return None;
    }
    i = skip_ws(b, i + 1);
    if *b.get(i)? == b']' {
        return None;
    }
    let mut k = 0;
    loop {
        let end = skip_value(b, i)?;
        if k == n {
            return Some(&b[i..end]);
        }
        k += 1;
        i = skip_ws(b, end);
        if *b.get(i)? != b',' {
            return None;
        }
        i = skip_ws(b, i + 1);
    }
}

/// The text of a raw JSON string; `None` if it is not a string.
pub(crate) fn string(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if raw.len() < 2 || raw[0] != b'"' || raw[raw.len() - 1] != b'"' {
        return None;
    }
    let body = &raw[1..raw.len() - 1];
    if !body.contains(&b'\\') {
        return Some(Cow::Borrowed(body));
    }
    let mut out = Vec::with_capacity(body.len());
    let mut i = 0;
    while i < body.len() {
        if body[i] != b'\\' {
            out.push(body[i]);
            i += 1;
            continue;
        }
        match *body.get(i + 1)? {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let hex = std::str::from_utf8(body.get(i + 2..i + 6)?).ok()?;
                let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                i += 4;
            }
            c => out.push(c),
        }
        i += 2;
    }
    Some(Cow::Owned(out))
}

/// A non-negative integer in `raw` (optionally quoted); `None` for anything else.
pub(crate) fn uint(raw: &[u8]) -> Option<u64> {
    let digits = match raw {
        [b'"', mid @ .., b'"'] => mid,
        _ => raw,
    };
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0u64, |n, d| {
        d.is_ascii_digit()
            .then(|| n.wrapping_mul(10) + u64::from(d - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_members_in_any_order() {
        let text = br#" { "arguments" : [ "a\"b]", {"x":[1,2]} ] , "target":"Message","type":1 } "#;
        let mut seen = Vec::new();
        members(text, |k, v| seen.push((k.to_vec(), v.to_vec()))).unwrap();
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[2], (b"type".to_vec(), b"1".to_vec()));
        let args = &seen[0].1;
        assert_eq!(
            string(element(args, 0).unwrap()).unwrap().as_ref(),
            b"a\"b]"
        );
        assert_eq!(element(args, 1).unwrap(), br#"{"x":[1,2]}"#);
        assert!(element(args, 2).is_none());
    }

    #[test]
    fn refuses_broken_text() {
        for bad in [
            &b"{"[..],
            b"[]",
            b"{\"a\":",
            b"{\"a\" 1}",
            b"{\"a\":\"x",
            b"",
        ] {
            assert!(
                members(bad, |_, _| ()).is_none(),
                "{:?}",
                String::from_utf8_lossy(bad)
            );
        }
        assert!(members(b"{}", |_, _| ()).is_some());
        assert_eq!(uint(b"\"42\""), Some(42));
        assert_eq!(uint(b"-1"), None);
        assert_eq!(string(br#""\u0041\n""#).unwrap().as_ref(), b"A\n");
    }
}
