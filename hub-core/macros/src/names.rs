//! Names on the wire.

use syn::ext::IdentExt;
use syn::{Attribute, Ident, LitStr, Result};

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

/// Takes `#[attribute(...)]` out of the attributes and reads what is in it.
pub(crate) fn take_attribute(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at = attributes
        .iter()
        .position(|attribute| attribute.path().is_ident(name))?;
    Some(attributes.remove(at))
}

/// Reads `name = "text"` in an attribute's arguments.
pub(crate) fn name_value(meta: &syn::meta::ParseNestedMeta<'_>) -> Result<String> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().is_empty() {
        return Err(syn::Error::new(text.span(), "a method needs a name"));
    }
    Ok(text.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_are_pascal_case() {
        for (code, wire) in [
            ("add", "Add"),
            ("send_message", "SendMessage"),
            ("r#type", "Type"),
            ("get_v2_items", "GetV2Items"),
            ("already_HTTP", "AlreadyHTTP"),
        ] {
            let ident: Ident = syn::parse_str(code).unwrap();
            assert_eq!(pascal_case(&ident), wire);
        }
    }
}
