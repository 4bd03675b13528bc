//! `#[hub]`: reads the block into a model and writes the implementation.

mod model;
mod render;

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::{ItemImpl, Result, Type};

use model::HubModel;

/// What the attribute says.
#[derive(Default)]
struct HubArguments {
    client: Option<Type>,
    data: Option<Type>,
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut read = HubArguments::default();
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("client") {
            read.client = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("data") {
            read.data = Some(meta.value()?.parse()?);
        } else {
            return Err(meta.error("expected `client = Type` or `data = Type`"));
        }
        Ok(())
    });
    parser.parse2(arguments)?;
    let mut block: ItemImpl = syn::parse2(item)?;
    let model = HubModel::read(&mut block)?;
    Ok(render::render(&block, &model, &read))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn expanded(item: TokenStream) -> String {
        expand(quote!(client = C), item).unwrap().to_string()
    }

    fn refused(item: TokenStream) -> String {
        expand(TokenStream::new(), item).unwrap_err().to_string()
    }

    #[test]
    fn methods_are_registered_by_their_wire_names() {
        let text = expanded(quote! {
            impl Chat {
                async fn send_message(&self, caller: &HubCaller<Self>, text: String) {}
                #[hub(name = "other")]
                fn plain(&self) -> i32 { 1 }
                #[hub(skip)]
                async fn hidden(&self) {}
                fn new() -> Self { Self }
            }
        });
        assert!(text.contains("\"SendMessage\""));
        assert!(text.contains("\"other\""));
        assert!(!text.contains("\"Hidden\"") && !text.contains("\"New\""));
        assert!(!text.contains("skip"));
    }

    #[test]
    fn an_impl_stream_borrows_nothing() {
        let text = expanded(quote! {
            impl Chat {
                fn counter(&self, to: u32) -> impl Stream<Item = u32> + Send { iter(0..to) }
            }
        });
        assert!(text.contains("use < >"), "{text}");
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        let cases = [
            (
                quote!(impl C { async fn f(&mut self) {} }),
                "shared by every connection",
            ),
            (
                quote!(impl C { async fn f(self) {} }),
                "shared by every connection",
            ),
            (quote!(impl C { async fn f<T>(&self, t: T) {} }), "generic"),
            (quote!(impl C { async fn f(&self, text: &str) {} }), "owned"),
            (quote!(impl C { #[on_connected] fn f(&self) {} }), "async"),
            (quote!(impl Trait for C {}), "inherent"),
        ];
        for (item, reason) in cases {
            let error = refused(item);
            assert!(error.contains(reason), "{error}");
        }
    }
}
