//! What `#[hub]` understands of a block.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, GenericParam, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr};
use syn::{Result, Token, parse_quote};

use super::attributes::{Hook, Role};
use super::signature::{self, HookParameter, Output, Parameter};
use crate::attributes::conditions;
use crate::diagnostics::Errors;
use crate::names::pascal_case;

/// The methods and hooks of a hub.
#[derive(Default)]
pub(super) struct HubModel {
    pub(super) methods: Vec<MethodModel>,
    pub(super) connected: Option<HookModel>,
    pub(super) disconnected: Option<HookModel>,
}

/// A function that clients call.
pub(super) struct MethodModel {
    pub(super) ident: Ident,
    pub(super) wire_name: LitStr,
    pub(super) conditions: Vec<Attribute>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) is_async: bool,
    pub(super) output: Output,
    pub(super) authorize: Vec<Expr>,
}

/// A function that is called when connections come and go, with its parameters
/// in their order.
pub(super) struct HookModel {
    pub(super) ident: Ident,
    pub(super) conditions: Vec<Attribute>,
    pub(super) parameters: Vec<HookParameter>,
    pub(super) is_async: bool,
    pub(super) output: Output,
}

type Generics = Punctuated<GenericParam, Token![,]>;

impl HubModel {
    /// Reads the block and takes out the attributes that are meant for the
    /// macro. What is wrong is left out.
    pub(super) fn read(block: &mut ItemImpl, errors: &mut Errors) -> Self {
        let mut model = Self::default();
        for item in &mut block.items {
            if let ImplItem::Fn(function) = item {
                model.read_function(function, &block.generics.params, errors);
            }
        }
        refuse_namesakes(&model.methods, errors);
        model
    }

    fn read_function(&mut self, function: &mut ImplItemFn, block: &Generics, errors: &mut Errors) {
        if function.sig.receiver().is_none() {
            Role::refuse(&mut function.attrs, errors);
            return;
        }
        match Role::take(&mut function.attrs, errors) {
            Role::Skipped => {}
            Role::Method { name, authorize } => {
                let method = MethodModel::read(function, name, authorize, block);
                self.methods.extend(errors.check(method));
            }
            Role::Hook(hook) => {
                if let Some(read) = errors.check(HookModel::read(function, hook)) {
                    errors.check(self.put_hook(hook, read));
                }
            }
        }
    }

    fn put_hook(&mut self, hook: Hook, read: HookModel) -> Result<()> {
        let slot = match hook {
            Hook::Connected => &mut self.connected,
            Hook::Disconnected => &mut self.disconnected,
        };
        if slot.is_some() {
            let text = "the hub has such a hook already";
            return Err(Error::new(read.ident.span(), text));
        }
        *slot = Some(read);
        Ok(())
    }
}

impl MethodModel {
    fn read(
        function: &mut ImplItemFn,
        name: Option<LitStr>,
        authorize: Vec<Expr>,
        block: &Generics,
    ) -> Result<Self> {
        signature::check(&function.sig)?;
        let parameters = Parameter::read_all(&function.sig)?;
        signature::capture_nothing_of_self(&mut function.sig.output, block);
        // The hub's form asks for `&self` and for owned arguments.
        function.attrs.push(parse_quote!(
            #[allow(clippy::unused_self, clippy::needless_pass_by_value)]
        ));
        let ident = &function.sig.ident;
        Ok(Self {
            ident: ident.clone(),
            wire_name: name.unwrap_or_else(|| LitStr::new(&pascal_case(ident), ident.span())),
            conditions: conditions(&function.attrs),
            parameters,
            is_async: function.sig.asyncness.is_some(),
            output: Output::read(&function.sig.output),
            authorize,
        })
    }
}

impl HookModel {
    fn read(function: &mut ImplItemFn, hook: Hook) -> Result<Self> {
        signature::check(&function.sig)?;
        let parameters = HookParameter::read_all(&function.sig, hook)?;
        function
            .attrs
            .push(parse_quote!(#[allow(clippy::unused_self)]));
        Ok(Self {
            ident: function.sig.ident.clone(),
            conditions: conditions(&function.attrs),
            parameters,
            is_async: function.sig.asyncness.is_some(),
            output: Output::read(&function.sig.output),
        })
    }
}

/// Names are found in any case, so two of them may not differ only in it. Of
/// methods with conditions only one may exist: they are compared when the hub is
/// made.
fn refuse_namesakes(methods: &[MethodModel], errors: &mut Errors) {
    let mut names = HashSet::new();
    for method in methods.iter().filter(|method| method.conditions.is_empty()) {
        if !names.insert(method.wire_name.value().to_ascii_lowercase()) {
            errors.add(taken(&method.wire_name.value(), method.wire_name.span()));
        }
    }
}

fn taken(name: &str, span: Span) -> Error {
    let text =
        format!("the hub has a method `{name}` already (in any case: clients may write any)");
    Error::new(span, text)
}
