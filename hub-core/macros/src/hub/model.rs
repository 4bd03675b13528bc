//! What `#[hub]` understands of a block.

use syn::spanned::Spanned;
use syn::{
    Attribute, Error, FnArg, GenericParam, Ident, ImplItem, ImplItemFn, ItemImpl, Path, Result,
    ReturnType, Signature, Type,
};

use crate::names::{name_value, pascal_case, take_attribute};

/// The methods and hooks of a hub.
#[derive(Default)]
pub(super) struct HubModel {
    pub(super) methods: Vec<MethodModel>,
    pub(super) connected: Option<HookModel>,
    pub(super) disconnected: Option<HookModel>,
}

pub(super) struct MethodModel {
    pub(super) ident: Ident,
    pub(super) wire_name: String,
    /// Conditions under which the method exists.
    pub(super) conditions: Vec<Attribute>,
    pub(super) parameters: Vec<ParameterModel>,
    pub(super) answer: Answer,
    pub(super) authorize: Option<Path>,
}

/// One parameter behind `&self`.
pub(super) enum ParameterModel {
    /// `&HubCaller<Self>`.
    CallerByReference(Type),
    /// Handed over as it is.
    Owned(Type),
}

/// How a method comes to its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Future,
    Stream,
    AtOnce,
}

/// A hook, with its parameters in their order.
pub(super) struct HookModel {
    pub(super) ident: Ident,
    pub(super) parameters: Vec<HookParameter>,
    /// Whether it can fail.
    pub(super) fallible: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HookParameter {
    Caller,
    Reason,
}

impl HubModel {
    /// Reads the block and takes out the attributes that are meant for the
    /// macro. Every error in it is reported at once.
    pub(super) fn read(block: &mut ItemImpl) -> Result<Self> {
        if let Some((_, path, _)) = &block.trait_ {
            return Err(Error::new(
                path.span(),
                "#[hub] goes on an inherent impl block",
            ));
        }
        let captured: Vec<GenericParam> = block.generics.params.iter().cloned().collect();
        let mut model = Self::default();
        let mut errors: Option<Error> = None;
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            if let Err(error) = model.read_function(function, &captured) {
                match &mut errors {
                    Some(all) => all.combine(error),
                    None => errors = Some(error),
                }
            }
        }
        errors.map_or(Ok(model), Err)
    }

    fn read_function(
        &mut self,
        function: &mut ImplItemFn,
        captured: &[GenericParam],
    ) -> Result<()> {
        let attributes = FunctionAttributes::take(function)?;
        if attributes.skip || function.sig.receiver().is_none() {
            return Ok(());
        }
        check_receiver(&function.sig)?;
        if attributes.connected || attributes.disconnected {
            let hook = HookModel::read(&function.sig, attributes.disconnected)?;
            let slot = if attributes.connected {
                &mut self.connected
            } else {
                &mut self.disconnected
            };
            if slot.replace(hook).is_some() {
                return Err(Error::new(
                    function.sig.ident.span(),
                    "there is such a hook already",
                ));
            }
            return Ok(());
        }
        self.methods
            .push(MethodModel::read(function, attributes, captured)?);
        Ok(())
    }
}

/// The attributes of a function that are meant for the macro.
#[derive(Default)]
struct FunctionAttributes {
    skip: bool,
    name: Option<String>,
    connected: bool,
    disconnected: bool,
    authorize: Option<Path>,
}

impl FunctionAttributes {
    fn take(function: &mut ImplItemFn) -> Result<Self> {
        let attributes = &mut function.attrs;
        let mut read = Self {
            connected: take_attribute(attributes, "on_connected").is_some(),
            disconnected: take_attribute(attributes, "on_disconnected").is_some(),
            ..Self::default()
        };
        if let Some(attribute) = take_attribute(attributes, "authorize") {
            read.authorize = Some(attribute.parse_args()?);
        }
        if let Some(attribute) = take_attribute(attributes, "hub") {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("skip") {
                    read.skip = true;
                } else if meta.path.is_ident("name") {
                    read.name = Some(name_value(&meta)?);
                } else {
                    return Err(meta.error("expected `name = \"...\"` or `skip`"));
                }
                Ok(())
            })?;
        }
        Ok(read)
    }
}

impl MethodModel {
    fn read(
        function: &mut ImplItemFn,
        attributes: FunctionAttributes,
        captured: &[GenericParam],
    ) -> Result<Self> {
        let signature = &mut function.sig;
        if let Some(generic) = signature.generics.params.first() {
            return Err(Error::new(
                generic.span(),
                "a generic method cannot be called by clients; `#[hub(skip)]` leaves it out",
            ));
        }
        let answer = Answer::of(signature);
        if answer == Answer::Stream {
            capture_nothing_of_self(&mut signature.output, captured);
        }
        let parameters = signature.inputs.iter().skip(1).map(ParameterModel::read);
        let wire_name = attributes
            .name
            .unwrap_or_else(|| pascal_case(&signature.ident));
        let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
        Ok(Self {
            ident: signature.ident.clone(),
            wire_name,
            conditions: function
                .attrs
                .iter()
                .filter(is_condition)
                .cloned()
                .collect(),
            parameters: parameters.collect::<Result<_>>()?,
            answer,
            authorize: attributes.authorize,
        })
    }
}

impl ParameterModel {
    fn read(input: &FnArg) -> Result<Self> {
        let FnArg::Typed(input) = input else {
            return Err(Error::new(
                input.span(),
                "only the first parameter can be `self`",
            ));
        };
        match &*input.ty {
            Type::Reference(reference) if names(&reference.elem, "HubCaller") => {
                Ok(Self::CallerByReference((*reference.elem).clone()))
            }
            Type::Reference(reference) => Err(Error::new(
                reference.span(),
                "an argument outlives the message it came in: take an owned type, such as `String`",
            )),
            owned => Ok(Self::Owned(owned.clone())),
        }
    }
}

impl Answer {
    fn of(signature: &Signature) -> Self {
        if signature.asyncness.is_some() {
            return Self::Future;
        }
        let ReturnType::Type(_, output) = &signature.output else {
            return Self::AtOnce;
        };
        let text = quote::quote!(#output).to_string();
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        if words.into_iter().any(|word| word.ends_with("Stream")) {
            Self::Stream
        } else {
            Self::AtOnce
        }
    }
}

impl HookModel {
    fn read(signature: &Signature, disconnected: bool) -> Result<Self> {
        if signature.asyncness.is_none() {
            return Err(Error::new(signature.ident.span(), "a hook has to be async"));
        }
        let parameters = signature.inputs.iter().skip(1).map(|input| {
            let FnArg::Typed(typed) = input else {
                return Err(Error::new(
                    input.span(),
                    "only the first parameter can be `self`",
                ));
            };
            match &*typed.ty {
                Type::Reference(of) if names(&of.elem, "HubCaller") => Ok(HookParameter::Caller),
                Type::Reference(of) if disconnected && names(&of.elem, "DisconnectReason") => {
                    Ok(HookParameter::Reason)
                }
                other if disconnected => Err(Error::new(
                    other.span(),
                    "expected `&HubCaller<Self>` or `&DisconnectReason`",
                )),
                other => Err(Error::new(other.span(), "expected `&HubCaller<Self>`")),
            }
        });
        Ok(Self {
            ident: signature.ident.clone(),
            parameters: parameters.collect::<Result<_>>()?,
            fallible: matches!(signature.output, ReturnType::Type(..)),
        })
    }
}

fn check_receiver(signature: &Signature) -> Result<()> {
    match signature.receiver() {
        Some(receiver) if receiver.reference.is_none() || receiver.mutability.is_some() => {
            Err(Error::new(
                receiver.span(),
                "a hub is shared by every connection: its methods take `&self`",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether the last word of a path is `name`.
fn names(kind: &Type, name: &str) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

/// Adds `use<..>` with the block's type parameters to an `impl Stream` that has
/// none: the stream outlives the borrow of the hub that made it.
fn capture_nothing_of_self(output: &mut ReturnType, captured: &[GenericParam]) {
    let ReturnType::Type(_, output) = output else {
        return;
    };
    let Type::ImplTrait(stream) = &mut **output else {
        return;
    };
    let captures =
        |bound: &syn::TypeParamBound| matches!(bound, syn::TypeParamBound::PreciseCapture(_));
    if !stream.bounds.iter().any(captures) {
        let names = captured.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(kind) => Some(&kind.ident),
            GenericParam::Const(value) => Some(&value.ident),
            GenericParam::Lifetime(_) => None,
        });
        stream.bounds.push(syn::parse_quote!(use<#(#names),*>));
    }
}
