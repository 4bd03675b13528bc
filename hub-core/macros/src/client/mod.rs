//! `#[hub_client]`: reads the trait into a model and writes the proxy.

mod model;
mod render;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Item, ItemTrait, Result};

use crate::diagnostics::Errors;
use model::ClientModel;

/// The contract, its proxy, and errors. With errors, too, the rest is written,
/// so that the compiler does not complain about what is missing.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let declaration = match parse(item.clone()) {
        Ok(declaration) => declaration,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    if !arguments.is_empty() {
        let text = "#[hub_client] takes no arguments on a trait";
        errors.add(Error::new_spanned(arguments, text));
    }
    let model = ClientModel::read(declaration, &mut errors);
    let contract = render::render(&model);
    let errors = errors.into_tokens();
    quote!(#contract #errors)
}

fn parse(item: TokenStream) -> Result<ItemTrait> {
    match syn::parse2(item)? {
        Item::Trait(declaration) => Ok(declaration),
        other => Err(Error::new_spanned(
            other,
            "#[hub_client] goes on a trait: `trait ChatClient { .. }`",
        )),
    }
}
