//! Attributes on functions: those meant for the macros, and those that decide
//! whether a function exists.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Result};

/// Takes every `#[name]` out of the attributes.
pub(crate) fn take_attributes(attributes: &mut Vec<Attribute>, name: &str) -> Vec<Attribute> {
    attributes
        .extract_if(.., |attribute| attribute.path().is_ident(name))
        .collect()
}

/// The attributes under which a function exists at all.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    attributes.iter().filter(is_condition).cloned().collect()
}

/// Reads `= "text"` behind `name` in an attribute.
pub(crate) fn wire_name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "a method needs a name"));
    }
    Ok(name)
}
