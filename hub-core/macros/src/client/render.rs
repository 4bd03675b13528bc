//! Writes the contract's type and its proxy.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{CallModel, ClientModel};

pub(super) fn render(model: &ClientModel) -> TokenStream {
    let ClientModel {
        ident,
        visibility,
        attributes,
        calls,
    } = model;
    let proxy = format_ident!("{ident}Proxy");
    let about = format!("Calls of [`{ident}`] on the clients that a selector chose.");
    let sends = calls.iter().filter(|call| call.answer.is_none()).map(send);
    let asks = calls.iter().filter_map(ask);
    quote! {
        #(#attributes)*
        #[derive(Debug)]
        #visibility enum #ident {}

        #[automatically_derived]
        impl ::hub_server::HubClient for #ident {
            type Proxy<R: ::hub_server::Reach> = #proxy<R>;
        }

        #[doc = #about]
        #[derive(Clone, Debug)]
        #visibility struct #proxy<R>(::hub_server::ClientProxy<R>);

        #[automatically_derived]
        impl<R> ::core::convert::From<::hub_server::ClientProxy<R>> for #proxy<R> {
            fn from(proxy: ::hub_server::ClientProxy<R>) -> Self {
                Self(proxy)
            }
        }

        #[allow(dead_code, missing_docs)]
        impl<R: ::hub_server::Reach> #proxy<R> {
            #(#sends)*
        }

        #[allow(dead_code, missing_docs)]
        impl #proxy<::hub_server::One> {
            #(#asks)*
        }
    }
}

fn send(call: &CallModel) -> TokenStream {
    let CallModel {
        ident,
        wire_name,
        attributes,
        parameters,
        ..
    } = call;
    let (names, kinds): (Vec<_>, Vec<_>) =
        parameters.iter().map(|(name, kind)| (name, kind)).unzip();
    quote! {
        #(#attributes)*
        pub async fn #ident(
            &self,
            #(#names: #kinds),*
        ) -> ::core::result::Result<(), ::hub_server::HubError> {
            ::core::result::Result::Ok(self.0.send(#wire_name, (#(#names,)*)).await?)
        }
    }
}

fn ask(call: &CallModel) -> Option<TokenStream> {
    let CallModel {
        ident,
        wire_name,
        attributes,
        parameters,
        answer,
    } = call;
    let answer = answer.as_ref()?;
    let (names, kinds): (Vec<_>, Vec<_>) =
        parameters.iter().map(|(name, kind)| (name, kind)).unzip();
    Some(quote! {
        #(#attributes)*
        pub async fn #ident(
            &self,
            #(#names: #kinds),*
        ) -> ::core::result::Result<#answer, ::hub_server::HubError> {
            ::core::result::Result::Ok(self.0.invoke(#wire_name, (#(#names,)*)).await?)
        }
    })
}
