use super::MaskKey;

/// Masks or unmasks in place (RFC 6455 section 5.3); `key` starts at the first
/// byte.
pub(super) fn apply_mask(bytes: &mut [u8], key: MaskKey) {
    let [a, b, c, d] = key;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = bytes.as_chunks_mut::<8>();
    for chunk in words {
        *chunk = (u64::from_ne_bytes(*chunk) ^ word).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(word.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// The key for the bytes that follow `len` bytes.
pub(super) fn advance_key(mut key: MaskKey, len: usize) -> MaskKey {
    key.rotate_left(len % 4);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_split_agrees_with_the_definition() {
        let key = [0x37, 0xFA, 0x21, 0x3D];
        for len in 0..40 {
            let plain: Vec<u8> = (0..len).collect();
            let expected: Vec<u8> = (plain.iter().enumerate())
                .map(|(index, byte)| byte ^ key[index % 4])
                .collect();
            for split in 0..=plain.len() {
                let mut bytes = plain.clone();
                let (front, back) = bytes.split_at_mut(split);
                apply_mask(front, key);
                apply_mask(back, advance_key(key, split));
                assert_eq!(bytes, expected);
            }
        }
    }
}
