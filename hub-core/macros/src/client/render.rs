//! Writes the contract's type and its proxy.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, LitStr, Visibility};

use super::model::{CallModel, ClientModel};
use crate::diagnostics::generated_for;

pub(super) fn render(model: &ClientModel) -> TokenStream {
    let (ident, visibility) = (&model.ident, &model.visibility);
    let attributes = &model.attributes;
    let name = format_ident!("{ident}Proxy");
    let proxy = proxy(model, &name);
    let sends = model.calls.iter().filter_map(|call| call.send(visibility));
    let asks = model.calls.iter().filter_map(|call| call.ask(visibility));
    // The calls of one contract may all be without an answer, or none; a server
    // need not make every one.
    quote! {
        #(#attributes)*
        #[derive(Debug)]
        #visibility enum #ident {}

        #[automatically_derived]
        impl ::hub_server::HubClient for #ident {
            type Proxy<Reach: ::hub_server::Reach> = #name<Reach>;
        }

        #proxy

        #[allow(dead_code)]
        impl<Reach: ::hub_server::Reach> #name<Reach> {
            #(#sends)*
        }

        #[allow(dead_code)]
        impl<CalledFrom: ::hub_server::Place> #name<::hub_server::One<CalledFrom>> {
            #(#asks)*
        }
    }
}

fn proxy(model: &ClientModel, name: &syn::Ident) -> TokenStream {
    let ClientModel {
        ident, visibility, ..
    } = model;
    let about = format!("Calls of [`{ident}`] on the clients that a selector chose.");
    quote! {
        #[doc = #about]
        #visibility struct #name<Reach>(::hub_server::ClientProxy<Reach>);

        #[automatically_derived]
        impl<Reach> ::core::convert::From<::hub_server::ClientProxy<Reach>> for #name<Reach> {
            fn from(proxy: ::hub_server::ClientProxy<Reach>) -> Self {
                Self(proxy)
            }
        }

        #[automatically_derived]
        impl<Reach> ::core::convert::From<#name<Reach>> for ::hub_server::ClientProxy<Reach> {
            fn from(proxy: #name<Reach>) -> Self {
                proxy.0
            }
        }

        #[automatically_derived]
        impl<Reach> ::core::clone::Clone for #name<Reach> {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        #[automatically_derived]
        impl<Reach> ::core::fmt::Debug for #name<Reach> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.0, f)
            }
        }
    }
}

impl CallModel {
    /// The method of a call that wants no answer.
    fn send(&self, visibility: &Visibility) -> Option<TokenStream> {
        if self.answer.is_some() {
            return None;
        }
        let errors = "When an argument cannot be encoded; then nobody receives anything.";
        let about = self.documentation("Sends", errors);
        let here = generated_for(self.ident.span());
        let result = quote_spanned! {here=>
            (), <Reach::Place as ::hub_server::Place>::Error<::hub_server::SendError>
        };
        Some(self.method(visibility, &about, &result, &quote_spanned!(here=> send)))
    }

    /// The method of a call that wants an answer.
    fn ask(&self, visibility: &Visibility) -> Option<TokenStream> {
        let answer = self.answer.as_ref()?;
        let errors = "When the client is not there, goes away, answers with an error, or with \
                      something else than was asked for.";
        let about = self.documentation("Asks for the result of", errors);
        let here = generated_for(answer.span());
        let result = quote! {
            #answer, CalledFrom::Error<::hub_server::InvokeError>
        };
        Some(self.method(visibility, &about, &result, &quote_spanned!(here=> invoke)))
    }

    fn method(
        &self,
        visibility: &Visibility,
        about: &TokenStream,
        result: &TokenStream,
        call: &TokenStream,
    ) -> TokenStream {
        let here = generated_for(self.ident.span());
        let (ident, wire_name) = (&self.ident, self.wire_name.value());
        let wire_name = LitStr::new(&wire_name, here);
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| name).collect();
        let kinds = self.parameters.iter().map(|(_, kind)| kind);
        let arguments = quote_spanned!(here=> (#(#names,)*));
        quote_spanned! {here=>
            #about
            #visibility async fn #ident(
                &self,
                #(#names: #kinds),*
            ) -> ::core::result::Result<#result> {
                self.0.#call(#wire_name, #arguments).await.map_err(::core::convert::From::from)
            }
        }
    }

    /// The user's documentation, or a sentence, and the section on errors.
    fn documentation(&self, verb: &str, errors: &str) -> TokenStream {
        let attributes = &self.attributes;
        let is_documentation = |attribute: &Attribute| attribute.path().is_ident("doc");
        let sentence = (!attributes.iter().any(is_documentation)).then(|| {
            let sentence = format!("{verb} `{}`.", self.wire_name.value());
            quote!(#[doc = #sentence])
        });
        quote! {
            #(#attributes)*
            #sentence
            #[doc = ""]
            #[doc = "# Errors"]
            #[doc = #errors]
        }
    }
}
