//! Names on the wire.

use syn::Ident;
use syn::ext::IdentExt as _;

/// `send_message` as `SendMessage`.
pub(crate) fn pascal_case(ident: &Ident) -> String {
    let plain = ident.unraw().to_string();
    plain.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_are_pascal_case() {
        for (code, wire) in [
            ("add", "Add"),
            ("send_message", "SendMessage"),
            ("_private", "Private"),
            ("r#type", "Type"),
            ("get_v2_items", "GetV2Items"),
            ("already_HTTP", "AlreadyHTTP"),
            ("größe_ändern", "GrößeÄndern"),
        ] {
            let ident: Ident = syn::parse_str(code).unwrap();
            assert_eq!(pascal_case(&ident), wire);
        }
    }
}
