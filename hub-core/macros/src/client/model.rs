//! What `#[hub_client]` understands of a trait.

use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, Ident, ItemTrait, Pat, Result, ReturnType, TraitItem, TraitItemFn,
    Type, Visibility,
};

use crate::names::{name_value, pascal_case, take_attribute};

/// The calls that a server may make on its clients.
pub(super) struct ClientModel {
    pub(super) ident: Ident,
    pub(super) visibility: Visibility,
    /// Documentation and conditions.
    pub(super) attributes: Vec<Attribute>,
    pub(super) calls: Vec<CallModel>,
}

pub(super) struct CallModel {
    pub(super) ident: Ident,
    pub(super) wire_name: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) parameters: Vec<(Ident, Type)>,
    /// What the client answers, if an answer is wanted.
    pub(super) answer: Option<Type>,
}

impl ClientModel {
    pub(super) fn read(declaration: ItemTrait) -> Result<Self> {
        if let Some(generic) = declaration.generics.params.first() {
            return Err(Error::new(
                generic.span(),
                "a client contract cannot be generic",
            ));
        }
        let calls = declaration.items.into_iter().map(|item| match item {
            TraitItem::Fn(function) => CallModel::read(function),
            other => Err(Error::new(
                other.span(),
                "a client contract has only methods",
            )),
        });
        Ok(Self {
            ident: declaration.ident,
            visibility: declaration.vis,
            attributes: declaration.attrs,
            calls: calls.collect::<Result<_>>()?,
        })
    }
}

impl CallModel {
    fn read(mut function: TraitItemFn) -> Result<Self> {
        let mut wire_name = pascal_case(&function.sig.ident);
        if let Some(attribute) = take_attribute(&mut function.attrs, "hub_client") {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("name") {
                    return Err(meta.error("expected `name = \"...\"`"));
                }
                wire_name = name_value(&meta)?;
                Ok(())
            })?;
        }
        let signature = function.sig;
        if signature.asyncness.is_none() {
            return Err(Error::new(
                signature.ident.span(),
                "a call to a client has to be async",
            ));
        }
        if let Some(body) = function.default {
            return Err(Error::new(
                body.span(),
                "a call to a client has no body here",
            ));
        }
        if !signature
            .receiver()
            .is_some_and(|of| of.reference.is_some() && of.mutability.is_none())
        {
            return Err(Error::new(
                signature.ident.span(),
                "a call to a client takes `&self`",
            ));
        }
        let parameters = signature.inputs.iter().skip(1).map(parameter);
        Ok(Self {
            ident: signature.ident.clone(),
            wire_name,
            attributes: function.attrs,
            parameters: parameters.collect::<Result<_>>()?,
            answer: match signature.output {
                ReturnType::Default => None,
                ReturnType::Type(_, answer) => Some(*answer),
            },
        })
    }
}

fn parameter(input: &FnArg) -> Result<(Ident, Type)> {
    if let FnArg::Typed(typed) = input
        && let Pat::Ident(name) = &*typed.pat
    {
        return Ok((name.ident.clone(), (*typed.ty).clone()));
    }
    Err(Error::new(input.span(), "a parameter needs a plain name"))
}
