//! `#[hub_client]`: reads the trait into a model and writes the proxy.

mod model;
mod render;

use proc_macro2::TokenStream;
use syn::{ItemTrait, Result};

use model::ClientModel;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(syn::Error::new_spanned(
            arguments,
            "#[hub_client] takes no arguments",
        ));
    }
    let declaration: ItemTrait = syn::parse2(item)?;
    let model = ClientModel::read(declaration)?;
    Ok(render::render(&model))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn methods_send_or_ask_by_their_wire_names() {
        let text = expand(
            TokenStream::new(),
            quote! {
                pub trait ChatClient {
                    async fn receive_message(&self, text: String);
                    #[hub_client(name = "sure")]
                    async fn confirm(&self, question: &str) -> bool;
                }
            },
        )
        .unwrap()
        .to_string();
        assert!(text.contains("ChatClientProxy"));
        assert!(text.contains("\"ReceiveMessage\"") && text.contains("\"sure\""));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for (item, reason) in [
            (
                quote!(
                    trait C {
                        fn f(&self);
                    }
                ),
                "async",
            ),
            (
                quote!(
                    trait C {
                        async fn f();
                    }
                ),
                "`&self`",
            ),
            (
                quote!(
                    trait C {
                        async fn f(&self) {}
                    }
                ),
                "body",
            ),
            (
                quote!(
                    trait C {
                        type T;
                    }
                ),
                "only methods",
            ),
            (
                quote!(
                    trait C<T> {
                        async fn f(&self);
                    }
                ),
                "generic",
            ),
        ] {
            let error = expand(TokenStream::new(), item).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
