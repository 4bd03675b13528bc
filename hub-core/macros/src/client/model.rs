//! What `#[hub_client]` understands of a trait.

use std::collections::HashSet;

use quote::ToTokens;
use syn::{
    Attribute, Error, FnArg, Ident, ItemTrait, LitStr, Pat, Result, ReturnType, Signature,
    TraitItem, TraitItemFn, Type, Visibility,
};

use crate::attributes::{conditions, take_attributes, wire_name};
use crate::diagnostics::Errors;
use crate::names::pascal_case;

/// How many arguments a call can have: `hub_core::EncodeArguments` is
/// implemented for tuples of so many.
const MAXIMUM_ARGUMENTS: usize = 16;

/// The calls that a server may make on its clients.
pub(super) struct ClientModel {
    pub(super) ident: Ident,
    pub(super) visibility: Visibility,
    /// Documentation, lints and conditions.
    pub(super) attributes: Vec<Attribute>,
    pub(super) calls: Vec<CallModel>,
}

pub(super) struct CallModel {
    pub(super) ident: Ident,
    pub(super) wire_name: LitStr,
    /// Documentation, lints and conditions.
    pub(super) attributes: Vec<Attribute>,
    pub(super) parameters: Vec<(Ident, Type)>,
    /// What the client answers, if an answer is wanted.
    pub(super) answer: Option<Type>,
}

impl ClientModel {
    /// Reads the trait. What is wrong is left out.
    pub(super) fn read(declaration: ItemTrait, errors: &mut Errors) -> Self {
        errors.check(check_head(&declaration));
        let mut calls = Vec::new();
        for item in declaration.items {
            calls.extend(errors.check(CallModel::read_item(item)));
        }
        refuse_namesakes(&calls, errors);
        Self {
            ident: declaration.ident,
            visibility: declaration.vis,
            attributes: declaration.attrs,
            calls,
        }
    }
}

fn check_head(declaration: &ItemTrait) -> Result<()> {
    if let Some(generic) = declaration.generics.params.first() {
        return wrong(generic, "a client contract cannot be generic");
    }
    if let Some(parent) = declaration.supertraits.first() {
        return wrong(parent, "a client contract stands for itself");
    }
    match &declaration.unsafety {
        Some(token) => wrong(token, "a client contract cannot be unsafe"),
        None => Ok(()),
    }
}

impl CallModel {
    fn read_item(item: TraitItem) -> Result<Self> {
        match item {
            TraitItem::Fn(function) => Self::read(function),
            other => Err(Error::new_spanned(
                other,
                "a client contract has only methods",
            )),
        }
    }

    fn read(mut function: TraitItemFn) -> Result<Self> {
        let name = take_name(&mut function.attrs)?;
        if let Some(body) = &function.default {
            let text = "a call to a client has no body here";
            return Err(Error::new_spanned(body, text));
        }
        let signature = function.sig;
        check(&signature)?;
        let own_name = || LitStr::new(&pascal_case(&signature.ident), signature.ident.span());
        Ok(Self {
            wire_name: name.unwrap_or_else(own_name),
            attributes: function.attrs,
            parameters: parameters(&signature)?,
            answer: answer(signature.output)?,
            ident: signature.ident,
        })
    }
}

/// The name in `#[hub_client(name = "...")]`.
fn take_name(attributes: &mut Vec<Attribute>) -> Result<Option<LitStr>> {
    let mut name = None;
    for attribute in take_attributes(attributes, "hub_client") {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("expected `name = \"...\"`"));
            }
            name = Some(wire_name(&meta)?);
            Ok(())
        })?;
    }
    Ok(name)
}

fn check(signature: &Signature) -> Result<()> {
    if signature.asyncness.is_none() {
        return wrong(&signature.ident, "a call to a client has to be async");
    }
    if let Some(generic) = signature.generics.params.first() {
        return wrong(generic, "a call to a client cannot be generic");
    }
    match signature.receiver() {
        Some(of) if of.reference.is_some() && of.mutability.is_none() => Ok(()),
        Some(other) => wrong(other, "a call to a client takes `&self`"),
        None => wrong(&signature.ident, "a call to a client takes `&self`"),
    }
}

fn parameters(signature: &Signature) -> Result<Vec<(Ident, Type)>> {
    if let Some(surplus) = signature.inputs.iter().nth(MAXIMUM_ARGUMENTS + 1) {
        let text = format!("a call to a client has at most {MAXIMUM_ARGUMENTS} arguments");
        return Err(Error::new_spanned(surplus, text));
    }
    signature.inputs.iter().skip(1).map(parameter).collect()
}

fn parameter(input: &FnArg) -> Result<(Ident, Type)> {
    let FnArg::Typed(typed) = input else {
        return Err(Error::new_spanned(input, "expected a parameter"));
    };
    match (&*typed.pat, &*typed.ty) {
        (_, Type::ImplTrait(kind)) => {
            let text = "a call to a client cannot be generic";
            Err(Error::new_spanned(kind, text))
        }
        (Pat::Ident(name), kind) => Ok((name.ident.clone(), kind.clone())),
        (pattern, _) => {
            let text = "a parameter of a call needs a plain name";
            Err(Error::new_spanned(pattern, text))
        }
    }
}

fn answer(output: ReturnType) -> Result<Option<Type>> {
    let ReturnType::Type(_, answer) = output else {
        return Ok(None);
    };
    let text = match &*answer {
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "a client that is asked answers with a value; without a return type it is not asked"
        }
        Type::Path(path)
            if path
                .path
                .segments
                .last()
                .is_some_and(|s| s.ident == "Result") =>
        {
            "write the type of the value alone: the proxy's method returns a `Result` of it"
        }
        _ => return Ok(Some(*answer)),
    };
    Err(Error::new_spanned(answer, text))
}

fn wrong(tokens: impl ToTokens, text: &str) -> Result<()> {
    Err(Error::new_spanned(tokens, text))
}

/// Clients find their handlers by names in any case.
fn refuse_namesakes(calls: &[CallModel], errors: &mut Errors) {
    let mut names = HashSet::new();
    for call in calls {
        let name = call.wire_name.value();
        let is_conditional = !conditions(&call.attributes).is_empty();
        if !is_conditional && !names.insert(name.to_ascii_lowercase()) {
            let text = format!("the contract has a call `{name}` already, in this or another case");
            errors.add(Error::new(call.wire_name.span(), text));
        }
    }
}
