//! Writes the implementation of `Hub` beside the block.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ItemImpl;

use super::HubArguments;
use super::model::{Answer, HookModel, HookParameter, HubModel, MethodModel, ParameterModel};

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
    let methods = model.methods.iter().map(method);
    let connected = model.connected.as_ref().map(connected);
    let disconnected = model.disconnected.as_ref().map(disconnected);
    quote! {
        #block

        #[automatically_derived]
        impl #generics ::hub_server::Hub for #hub #bounds {
            type Client = #client;
            type Data = #data;

            fn methods(
                methods: ::hub_server::HubMethods<Self>,
            ) -> ::hub_server::HubMethods<Self> {
                #(#methods)*
                methods
            }

            #connected
            #disconnected
        }
    }
}

/// Registers one method. The statement carries the method's conditions, so that
/// it is there exactly when the method is.
fn method(method: &MethodModel) -> TokenStream {
    let MethodModel {
        ident,
        wire_name,
        conditions,
        ..
    } = method;
    let names: Vec<_> = (0..method.parameters.len())
        .map(|index| format_ident!("parameter{index}"))
        .collect();
    let taken = method
        .parameters
        .iter()
        .zip(&names)
        .map(|(parameter, name)| match parameter {
            ParameterModel::CallerByReference(kind) | ParameterModel::Owned(kind) => {
                quote!(#name: #kind)
            }
        });
    let given = method
        .parameters
        .iter()
        .zip(&names)
        .map(|(parameter, name)| match parameter {
            ParameterModel::CallerByReference(_) => quote!(&#name),
            ParameterModel::Owned(_) => quote!(#name),
        });
    let call = quote!(Self::#ident(&this, #(#given),*));
    let body = match method.answer {
        Answer::Future => quote!(async move { #call.await }),
        Answer::Stream => call,
        Answer::AtOnce => quote!(async move { #call }),
    };
    let authorize = method
        .authorize
        .as_ref()
        .map(|allowed| quote!(.authorize(#allowed)));
    quote! {
        #(#conditions)*
        let methods = methods
            .method(#wire_name, |this: ::hub_server::HubRef<Self>, #(#taken),*| #body)
            #authorize;
    }
}

fn connected(hook: &HookModel) -> TokenStream {
    let call = hook_call(hook);
    quote! {
        async fn on_connected(
            &self,
            caller: &::hub_server::HubCaller<Self>,
        ) -> ::core::result::Result<(), ::hub_server::HubError> {
            let _ = caller;
            #call
        }
    }
}

fn disconnected(hook: &HookModel) -> TokenStream {
    let call = hook_call(hook);
    quote! {
        async fn on_disconnected(
            &self,
            caller: &::hub_server::HubCaller<Self>,
            reason: &::hub_server::DisconnectReason,
        ) -> ::core::result::Result<(), ::hub_server::HubError> {
            let _ = (caller, reason);
            #call
        }
    }
}

fn hook_call(hook: &HookModel) -> TokenStream {
    let ident = &hook.ident;
    let given = hook.parameters.iter().map(|parameter| match parameter {
        HookParameter::Caller => quote!(caller),
        HookParameter::Reason => quote!(reason),
    });
    let call = quote!(Self::#ident(self, #(#given),*).await);
    if hook.fallible {
        call
    } else {
        quote! {
            #call;
            ::core::result::Result::Ok(())
        }
    }
}
