use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use super::expand;
use super::model::HubModel;
use super::signature::{HookParameter, Parameter};
use crate::diagnostics::Errors;

fn model(item: TokenStream) -> (HubModel, ItemImpl) {
    let mut block = syn::parse2(item).unwrap();
    let mut errors = Errors::default();
    let model = HubModel::read(&mut block, &mut errors);
    assert_eq!(errors.text(), "");
    (model, block)
}

fn refused(item: TokenStream) -> String {
    let mut block = syn::parse2(item).unwrap();
    let mut errors = Errors::default();
    HubModel::read(&mut block, &mut errors);
    errors.text()
}

fn tokens(of: &impl quote::ToTokens) -> String {
    quote!(#of).to_string()
}

#[test]
fn methods_have_wire_names() {
    let (model, block) = model(quote! {
        impl Chat {
            async fn send_message(&self) {}
            #[hub(name = "other")]
            fn plain(&self) -> i32 { 1 }
            #[hub(skip)]
            async fn hidden(&self) {}
            fn new() -> Self { Self }
            #[authorize(a)]
            #[authorize(|caller| b(caller))]
            async fn guarded(&self) {}
            const LIMIT: u32 = 1;
        }
    });
    let methods = model.methods.iter();
    let names: Vec<_> = methods.map(|method| method.wire_name.value()).collect();
    assert_eq!(names, ["SendMessage", "other", "Guarded"]);
    assert_eq!(model.methods[2].authorize.len(), 2);
    let block = tokens(&block);
    assert!(
        !block.contains("hub") && !block.contains("authorize"),
        "{block}"
    );
}

#[test]
fn callers_are_handed_over_by_reference_where_one_is_asked_for() {
    let (model, _) = model(quote! {
        impl Chat {
            async fn f<'a>(&'a self, a: String, by: &'a x::HubCaller<Self>, c: HubCaller<Self>) {}
        }
    });
    let parameters = &*model.methods[0].parameters;
    let [
        Parameter::Owned(_),
        Parameter::BorrowedCaller(by),
        Parameter::Owned(_),
    ] = parameters
    else {
        panic!("not as written");
    };
    assert_eq!(tokens(by), "x :: HubCaller < Self >");
}

#[test]
fn conditions_stand_on_methods_and_hooks() {
    let (model, _) = model(quote! {
        impl Chat {
            /// Documented.
            #[cfg(unix)]
            #[cfg(feature = "x")]
            #[must_use]
            async fn f(&self) {}
            #[on_connected]
            #[cfg(unix)]
            fn g(&self) {}
        }
    });
    assert_eq!(model.methods[0].conditions.len(), 2);
    assert_eq!(model.connected.unwrap().conditions.len(), 1);
}

#[test]
fn hooks_keep_the_order_of_their_parameters() {
    let (model, _) = model(quote! {
        impl Chat {
            #[on_connected]
            async fn f(&self) {}
            #[on_disconnected]
            async fn g(&self, why: &DisconnectReason, who: &HubCaller<Self>) {}
        }
    });
    assert!(model.methods.is_empty());
    assert!(model.connected.unwrap().parameters.is_empty());
    let parameters = model.disconnected.unwrap().parameters;
    assert!(parameters == [HookParameter::Reason, HookParameter::Caller]);
}

#[test]
fn what_a_method_returns_captures_the_types_of_the_block_only() {
    let (_, block) = model(quote! {
        impl<'a, T, const N: usize> Chat<'a, T, N> {
            fn f(&self) -> Result<impl Stream<Item = T> + Send, E> {}
            async fn g(&self) -> impl Stream<Item = T> + use<'_, T> {}
        }
    });
    let block = tokens(&block);
    assert_eq!(block.matches("use < T , N >").count(), 1, "{block}");
    assert_eq!(block.matches("use <").count(), 2, "{block}");
}

#[test]
fn what_cannot_be_called_is_refused() {
    let cases = [
        (
            quote!(
                async fn f(&mut self) {}
            ),
            "shared by every",
        ),
        (
            quote!(
                async fn f(self) {}
            ),
            "shared by every",
        ),
        (
            quote!(
                async fn f(self: Arc<Self>) {}
            ),
            "shared by every",
        ),
        (
            quote!(
                unsafe fn f(&self) {}
            ),
            "unsafe",
        ),
        (
            quote!(
                async fn f<T>(&self, t: T) {}
            ),
            "generic",
        ),
        (
            quote!(
                async fn f(&self, t: impl T) {}
            ),
            "generic",
        ),
        (
            quote!(
                async fn f(&self, text: &str) {}
            ),
            "owned",
        ),
        (
            quote!(
                async fn f(&self, text: Option<&str>) {}
            ),
            "owned",
        ),
        (
            quote!(
                async fn f(&self, text: Cow<'_, str>) {}
            ),
            "owned",
        ),
        (
            quote!(
                async fn f(&self, by: &mut HubCaller<Self>) {}
            ),
            "owned",
        ),
        (
            quote!(
                async fn f(
                    &self,
                    a: A,
                    b: A,
                    c: A,
                    d: A,
                    e: A,
                    f: A,
                    g: A,
                    h: A,
                    i: A,
                    j: A,
                    k: A,
                    l: A,
                ) {
                }
            ),
            "at most 11",
        ),
    ];
    for (function, reason) in cases {
        let error = refused(quote!(impl C { #function }));
        assert!(error.contains(reason), "{function}: {error}");
    }
}

#[test]
fn attributes_without_effect_are_refused() {
    let cases = [
        (
            quote!(
                #[authorize(x)]
                #[hub(skip)]
                fn f(&self) {}
            ),
            "skipped",
        ),
        (
            quote!(
                #[hub(skip, name = "x")]
                fn f(&self) {}
            ),
            "skipped",
        ),
        (
            quote!(
                #[on_connected]
                #[authorize(x)]
                fn f(&self) {}
            ),
            "hook",
        ),
        (
            quote!(
                #[on_connected]
                #[on_disconnected]
                fn f(&self) {}
            ),
            "one hook",
        ),
        (
            quote!(
                #[on_connected(x)]
                fn f(&self) {}
            ),
            "unexpected",
        ),
        (
            quote!(
                #[authorize(x)]
                fn f() {}
            ),
            "with `&self`",
        ),
        (
            quote!(
                #[on_connected]
                fn f() {}
            ),
            "with `&self`",
        ),
        (
            quote!(
                #[authorize]
                fn f(&self) {}
            ),
            "expected",
        ),
        (
            quote!(
                #[hub(nme = "x")]
                fn f(&self) {}
            ),
            "expected `name",
        ),
        (
            quote!(
                #[hub(name = "")]
                fn f(&self) {}
            ),
            "needs a name",
        ),
    ];
    for (function, reason) in cases {
        let error = refused(quote!(impl C { #function }));
        assert!(error.contains(reason), "{function}: {error}");
    }
}

#[test]
fn hooks_that_cannot_run_are_refused() {
    let cases = [
        (
            quote!(
                #[on_connected]
                fn f(&self, a: u32) {}
            ),
            "HubCaller",
        ),
        (
            quote!(
                #[on_connected]
                fn f(&self, why: &DisconnectReason) {}
            ),
            "expected `&HubCaller<Self>`\n",
        ),
        (
            quote!(
                #[on_disconnected]
                fn f(&self, why: DisconnectReason) {}
            ),
            "or `&DisconnectReason`",
        ),
        (
            quote!(
                #[on_connected]
                fn f(&self) {}
                #[on_connected]
                fn g(&self) {}
            ),
            "already",
        ),
    ];
    for (function, reason) in cases {
        let error = refused(quote!(impl C { #function }));
        assert!(error.contains(reason), "{function}: {error}");
    }
}

#[test]
fn names_differ_in_more_than_case() {
    let text = refused(quote! {
        impl Chat {
            fn send(&self) {}
            #[hub(name = "SEND")]
            fn post(&self) {}
        }
    });
    assert!(text.contains("method `SEND` already"), "{text}");
}

#[test]
fn every_error_is_reported_and_the_rest_is_written() {
    let expanded = expand(
        quote!(clint = C),
        &quote! {
            impl Chat {
                fn good(&self) {}
                fn bad(&mut self) {}
                #[hub(nme = "x")]
                fn worse(&self, text: &str) {}
            }
        },
    );
    let text = expanded.to_string();
    assert_eq!(text.matches("compile_error").count(), 4, "{text}");
    assert!(text.contains("\"Good\"") && !text.contains("\"Bad\""));
    assert!(text.contains("fn bad") && !text.contains("nme"));
}

#[test]
fn only_an_inherent_block_can_be_a_hub() {
    for item in [
        quote!(impl Trait for Chat {}),
        quote!(
            struct Chat;
        ),
    ] {
        let text = expand(TokenStream::new(), &item).to_string();
        assert!(text.starts_with(&item.to_string()), "{text}");
        assert!(text.contains("inherent impl block"), "{text}");
    }
}
