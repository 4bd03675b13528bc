//! Writes the implementation of `Hub` beside the block.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, ItemImpl, LitStr};

use super::HubArguments;
use super::model::{HookModel, HubModel, MethodModel};
use super::signature::{HookParameter, Output, Parameter};
use crate::diagnostics::generated_for;

pub(super) fn render(block: &ItemImpl, model: &HubModel, arguments: &HubArguments) -> TokenStream {
    let hub = &block.self_ty;
    let (generics, _, bounds) = block.generics.split_for_impl();
    let client = match &arguments.client {
        Some(client) => quote!(#client),
        None => quote!(::hub_server::AnyClient),
    };
    let data = match &arguments.data {
        Some(data) => quote!(#data),
        None => quote!(()),
    };
    let table = Ident::new("methods", Span::mixed_site());
    let methods = model.methods.iter().map(|read| method(read, &table));
    let connected = model.connected.as_ref().map(connected);
    let disconnected = model.disconnected.as_ref().map(disconnected);
    quote! {
        #[automatically_derived]
        impl #generics ::hub_server::Hub for #hub #bounds {
            type Client = #client;
            type Data = #data;

            fn methods(
                #table: ::hub_server::HubMethods<Self>,
            ) -> ::hub_server::HubMethods<Self> {
                #(#methods)*
                #table
            }

            #connected
            #disconnected
        }
    }
}

/// Registers one method. The statement carries the method's conditions, so that
/// it is there exactly when the method is.
fn method(method: &MethodModel, table: &Ident) -> TokenStream {
    let here = generated_for(method.ident.span());
    let conditions = &method.conditions;
    let wire_name = LitStr::new(&method.wire_name.value(), here);
    let authorize = &method.authorize;
    let closure = closure(method);
    // With the shape of the function in the markers there is one implementation
    // of `Method` to be looked at, and the compiler says what exactly it misses.
    let markers = std::iter::repeat_n(quote!((_, _)), method.parameters.len() + 1);
    quote_spanned! {here=>
        #(#conditions)*
        #[allow(deprecated, clippy::needless_question_mark)]
        let #table = #table
            .method::<(::hub_server::via::Async<_>, #(#markers,)*), _>(#wire_name, #closure)
            #(.authorize(#authorize))*;
    }
}

fn closure(method: &MethodModel) -> TokenStream {
    let here = generated_for(method.ident.span());
    let ident = &method.ident;
    let names: Vec<_> = (0..method.parameters.len())
        .map(|index| format_ident!("parameter{index}", span = here))
        .collect();
    let kinds = method.parameters.iter().map(Parameter::kind);
    let given = method.parameters.iter().zip(&names);
    let given = given.map(|(parameter, name)| match parameter {
        Parameter::BorrowedCaller(_) => quote_spanned!(here=> &#name),
        Parameter::Owned(_) => quote!(#name),
    });
    let call = quote_spanned!(here=> Self::#ident(&this, #(#given),*));
    let call = finish(call, method.is_async, method.output);
    quote_spanned! {here=>
        |this: ::hub_server::HubRef<Self>, #(#names: #kinds),*| async move { #call }
    }
}

/// Waits for an async call, and makes a `HubError` of every error: a `Result`
/// with an error that is none must not be taken for a value.
fn finish(call: TokenStream, is_async: bool, output: Output) -> TokenStream {
    let call = if is_async { quote!(#call.await) } else { call };
    match output {
        Output::Fallible(written) => {
            let here = generated_for(written);
            let call = quote_spanned!(here=> #call?);
            quote_spanned!(here=> ::core::result::Result::Ok::<_, ::hub_server::HubError>(#call))
        }
        Output::Nothing | Output::Other => call,
    }
}

fn connected(hook: &HookModel) -> TokenStream {
    let here = generated_for(hook.ident.span());
    let conditions = &hook.conditions;
    let caller = hook.takes(HookParameter::Caller);
    let call = hook.call();
    quote_spanned! {here=>
        #(#conditions)*
        #[allow(deprecated, clippy::needless_question_mark)]
        async fn on_connected(
            &self,
            #caller: &::hub_server::HubCaller<Self>,
        ) -> ::core::result::Result<(), ::hub_server::HubError> {
            #call
        }
    }
}

fn disconnected(hook: &HookModel) -> TokenStream {
    let here = generated_for(hook.ident.span());
    let conditions = &hook.conditions;
    let caller = hook.takes(HookParameter::Caller);
    let reason = hook.takes(HookParameter::Reason);
    let call = hook.call();
    quote_spanned! {here=>
        #(#conditions)*
        #[allow(deprecated, clippy::needless_question_mark)]
        async fn on_disconnected(
            &self,
            #caller: &::hub_server::HubCaller<Self>,
            #reason: &::hub_server::DisconnectReason,
        ) -> ::core::result::Result<(), ::hub_server::HubError> {
            #call
        }
    }
}

impl HookModel {
    /// The pattern of a parameter that the hook may not want.
    fn takes(&self, parameter: HookParameter) -> TokenStream {
        if self.parameters.contains(&parameter) {
            self.name(parameter)
        } else {
            quote!(_)
        }
    }

    fn name(&self, parameter: HookParameter) -> TokenStream {
        let here = generated_for(self.ident.span());
        match parameter {
            HookParameter::Caller => quote_spanned!(here=> caller),
            HookParameter::Reason => quote_spanned!(here=> reason),
        }
    }

    fn call(&self) -> TokenStream {
        let here = generated_for(self.ident.span());
        let ident = &self.ident;
        let given = self
            .parameters
            .iter()
            .map(|parameter| self.name(*parameter));
        let call = quote_spanned!(here=> Self::#ident(self, #(#given),*));
        let call = finish(call, self.is_async, self.output);
        match self.output {
            Output::Nothing => quote_spanned!(here=> #call; ::core::result::Result::Ok(())),
            Output::Fallible(_) | Output::Other => call,
        }
    }
}
