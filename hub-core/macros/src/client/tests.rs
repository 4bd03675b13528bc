use proc_macro2::TokenStream;
use quote::quote;

use super::expand;
use super::model::ClientModel;
use crate::diagnostics::Errors;

fn read(item: TokenStream) -> (ClientModel, String) {
    let mut errors = Errors::default();
    let model = ClientModel::read(syn::parse2(item).unwrap(), &mut errors);
    (model, errors.text())
}

#[test]
fn calls_have_wire_names_and_answers() {
    let (model, errors) = read(quote! {
        pub trait ChatClient {
            async fn receive_message(&self, text: String);
            #[hub_client(name = "sure")]
            async fn confirm(&self, question: &str, r#for: u32) -> bool;
        }
    });
    assert_eq!(errors, "");
    let [receive, confirm] = &*model.calls else {
        panic!("two calls");
    };
    assert_eq!(receive.wire_name.value(), "ReceiveMessage");
    assert!(receive.answer.is_none());
    assert_eq!(confirm.wire_name.value(), "sure");
    assert_eq!(confirm.parameters.len(), 2);
    assert!(confirm.answer.is_some() && confirm.attributes.is_empty());
}

#[test]
fn undocumented_calls_are_documented() {
    let text = expand(
        TokenStream::new(),
        &quote! {
            trait C {
                async fn one(&self);
                /// Two.
                async fn two(&self);
            }
        },
    )
    .to_string();
    assert!(text.contains("Sends `One`.") && !text.contains("Sends `Two`."));
    assert_eq!(text.matches("# Errors").count(), 2);
}

#[test]
fn what_is_no_call_is_refused() {
    let cases = [
        (
            quote!(
                fn f(&self);
            ),
            "async",
        ),
        (
            quote!(
                async fn f();
            ),
            "`&self`",
        ),
        (
            quote!(
                async fn f(&mut self);
            ),
            "`&self`",
        ),
        (
            quote!(
                async fn f(&self) {}
            ),
            "body",
        ),
        (
            quote!(
                async fn f<T>(&self);
            ),
            "generic",
        ),
        (
            quote!(
                async fn f(&self, a: impl T);
            ),
            "generic",
        ),
        (
            quote!(
                async fn f(&self, _: u32);
            ),
            "plain name",
        ),
        (
            quote!(
                async fn f(&self) -> ();
            ),
            "not asked",
        ),
        (
            quote!(
                async fn f(&self) -> Result<u32, E>;
            ),
            "value alone",
        ),
        (
            quote!(
                #[hub_client(nme = "x")]
                async fn f(&self);
            ),
            "expected",
        ),
        (
            quote!(
                type T;
            ),
            "only methods",
        ),
        (
            quote!(
                async fn f(&self);
                async fn F(&self);
            ),
            "already",
        ),
    ];
    for (item, reason) in cases {
        let (_, errors) = read(quote!(trait C { #item }));
        assert!(errors.contains(reason), "{item}: {errors}");
    }
}

#[test]
fn what_is_no_contract_is_refused() {
    let cases = [
        (
            quote!(
                trait C<T> {}
            ),
            "generic",
        ),
        (
            quote!(
                trait C: Send {}
            ),
            "for itself",
        ),
        (
            quote!(
                unsafe trait C {}
            ),
            "unsafe",
        ),
    ];
    for (item, reason) in cases {
        let (_, errors) = read(item);
        assert!(errors.contains(reason), "{errors}");
    }
    let text = expand(
        TokenStream::new(),
        &quote!(
            struct C;
        ),
    )
    .to_string();
    assert!(text.contains("goes on a trait"), "{text}");
}
