//! What is read from the signature of a hub's method or hook.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Error, FnArg, GenericParam, Lifetime, PatType, Result, ReturnType, Signature, Type,
    TypeImplTrait, TypeParamBound, TypeReference,
};

use super::attributes::Hook;

/// How many parameters a method can have behind `&self`: `hub_server::Method`
/// is implemented for twelve, and one is the hub.
const MAXIMUM_PARAMETERS: usize = 11;

/// One parameter of a method, behind `&self`.
pub(super) enum Parameter {
    /// `&HubCaller<Self>`, with the type behind the reference.
    BorrowedCaller(Type),
    /// Handed over as it is.
    Owned(Type),
}

impl Parameter {
    pub(super) fn read_all(signature: &Signature) -> Result<Vec<Self>> {
        let parameters = typed(signature).map(Self::read);
        let parameters = parameters.collect::<Result<Vec<_>>>()?;
        match typed(signature).nth(MAXIMUM_PARAMETERS) {
            Some(surplus) => Err(Error::new_spanned(
                surplus,
                format!("a hub method has at most {MAXIMUM_PARAMETERS} parameters"),
            )),
            None => Ok(parameters),
        }
    }

    fn read(input: &PatType) -> Result<Self> {
        if let Type::Reference(reference) = &*input.ty
            && is_named(&reference.elem, "HubCaller")
            && reference.mutability.is_none()
        {
            return Ok(Self::BorrowedCaller((*reference.elem).clone()));
        }
        let mut owned = (*input.ty).clone();
        let mut search = BorrowSearch(None);
        search.visit_type_mut(&mut owned);
        search.0.map_or(Ok(Self::Owned(owned)), Err)
    }

    pub(super) fn kind(&self) -> &Type {
        match self {
            Self::BorrowedCaller(kind) | Self::Owned(kind) => kind,
        }
    }
}

/// One parameter of a hook, behind `&self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HookParameter {
    Caller,
    Reason,
}

impl HookParameter {
    pub(super) fn read_all(signature: &Signature, hook: Hook) -> Result<Vec<Self>> {
        typed(signature)
            .map(|input| Self::read(input, hook))
            .collect()
    }

    fn read(input: &PatType, hook: Hook) -> Result<Self> {
        let expected = match hook {
            Hook::Connected => "expected `&HubCaller<Self>`",
            Hook::Disconnected => "expected `&HubCaller<Self>` or `&DisconnectReason`",
        };
        match &*input.ty {
            Type::Reference(of) if is_named(&of.elem, "HubCaller") => Ok(Self::Caller),
            Type::Reference(of)
                if hook == Hook::Disconnected && is_named(&of.elem, "DisconnectReason") =>
            {
                Ok(Self::Reason)
            }
            other => Err(Error::new_spanned(other, expected)),
        }
    }
}

/// What a function returns, as far as it can be seen without knowing types.
#[derive(Clone, Copy)]
pub(super) enum Output {
    Nothing,
    /// A `Result`, written at this place.
    Fallible(Span),
    Other,
}

impl Output {
    pub(super) fn read(output: &ReturnType) -> Self {
        match output {
            ReturnType::Default => Self::Nothing,
            ReturnType::Type(_, kind) => match &**kind {
                Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Nothing,
                kind if is_named(kind, "Result") => Self::Fallible(kind.span()),
                _ => Self::Other,
            },
        }
    }
}

/// Everything about `self` and generics that no method of a hub can have.
pub(super) fn check(signature: &Signature) -> Result<()> {
    if let Some(receiver) = signature.receiver()
        && (receiver.reference.is_none() || receiver.mutability.is_some())
    {
        return Err(Error::new_spanned(
            receiver,
            "a hub is shared by every connection: its methods take `&self`",
        ));
    }
    if let Some(token) = &signature.unsafety {
        let text = "clients cannot keep the promises of an unsafe method";
        return Err(Error::new_spanned(token, text));
    }
    let is_type = |generic: &&GenericParam| !matches!(generic, GenericParam::Lifetime(_));
    match signature.generics.params.iter().find(is_type) {
        Some(generic) => Err(generic_parameter(generic)),
        None => Ok(()),
    }
}

/// Adds `use<..>` with the block's type parameters to every `impl Trait` in a
/// return type that has none. What a method returns, above all a stream,
/// outlives the borrow of the hub that made it, while in edition 2024 an
/// `impl Trait` captures `&self` unless it says otherwise.
pub(super) fn capture_nothing_of_self<'g>(
    output: &mut ReturnType,
    block: impl IntoIterator<Item = &'g GenericParam>,
) {
    let types = block
        .into_iter()
        .filter(|generic| !matches!(generic, GenericParam::Lifetime(_)));
    Capture(types.collect()).visit_return_type_mut(output);
}

struct Capture<'g>(Vec<&'g GenericParam>);

impl VisitMut for Capture<'_> {
    fn visit_type_impl_trait_mut(&mut self, output: &mut TypeImplTrait) {
        visit_mut::visit_type_impl_trait_mut(self, output);
        let captures = |bound: &TypeParamBound| matches!(bound, TypeParamBound::PreciseCapture(_));
        if !output.bounds.iter().any(captures) {
            let names = self.0.iter().filter_map(|generic| match generic {
                GenericParam::Type(kind) => Some(&kind.ident),
                GenericParam::Const(value) => Some(&value.ident),
                GenericParam::Lifetime(_) => None,
            });
            output.bounds.push(syn::parse_quote!(use<#(#names),*>));
        }
    }
}

/// Finds what an argument cannot contain: it is made of a message, which is gone
/// when the method still runs.
struct BorrowSearch(Option<Error>);

impl BorrowSearch {
    fn found(&mut self, borrow: impl ToTokens) {
        let text =
            "an argument outlives the message it came in: take an owned type, such as `String`";
        self.0
            .get_or_insert_with(|| Error::new_spanned(borrow, text));
    }
}

impl VisitMut for BorrowSearch {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        self.found(reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            self.found(lifetime);
        }
    }

    fn visit_type_impl_trait_mut(&mut self, parameter: &mut TypeImplTrait) {
        self.0.get_or_insert_with(|| generic_parameter(parameter));
    }
}

fn generic_parameter(parameter: impl ToTokens) -> Error {
    let text = "a generic method cannot be called by clients; `#[hub(skip)]` leaves it out";
    Error::new_spanned(parameter, text)
}

fn typed(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

/// Whether the last word of a path is `name`.
fn is_named(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|segment| segment.ident == name)
}
