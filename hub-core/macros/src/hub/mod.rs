//! `#[hub]`: reads the block into a model and writes the implementation.

mod attributes;
mod model;
mod render;
mod signature;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser as _;
use syn::{Error, Item, ItemImpl, Result, Type};

use crate::diagnostics::Errors;
use model::HubModel;

/// What the attribute says.
#[derive(Default)]
struct HubArguments {
    client: Option<Type>,
    data: Option<Type>,
}

/// The block, the implementation beside it, and errors. With errors, too, the
/// rest is written, so that the compiler does not complain about what is
/// missing.
pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut block = match parse(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut errors = Errors::default();
    let arguments = HubArguments::read(arguments, &mut errors);
    let model = HubModel::read(&mut block, &mut errors);
    let implementation = render::render(&block, &model, &arguments);
    let errors = errors.into_tokens();
    quote!(#block #implementation #errors)
}

fn parse(item: TokenStream) -> Result<ItemImpl> {
    let expected = "#[hub] goes on an inherent impl block: `impl ChatHub { .. }`";
    match syn::parse2(item)? {
        Item::Impl(block) => match &block.trait_ {
            None => Ok(block),
            Some((_, path, _)) => Err(Error::new_spanned(path, expected)),
        },
        other => Err(Error::new_spanned(other, expected)),
    }
}

impl HubArguments {
    fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut read = Self::default();
        let parser = syn::meta::parser(|meta| {
            let slot = if meta.path.is_ident("client") {
                &mut read.client
            } else if meta.path.is_ident("data") {
                &mut read.data
            } else {
                return Err(meta.error("expected `client = Type` or `data = Type`"));
            };
            if slot.is_some() {
                return Err(meta.error("said twice"));
            }
            *slot = Some(meta.value()?.parse()?);
            Ok(())
        });
        errors.check(parser.parse2(arguments));
        read
    }
}
