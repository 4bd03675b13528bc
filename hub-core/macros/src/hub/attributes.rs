//! The attributes inside a `#[hub]` block.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, LitStr, Result};

use crate::attributes::{take_attributes, wire_name};
use crate::diagnostics::Errors;

/// What a function of the block is for.
pub(super) enum Role {
    /// Called by clients.
    Method {
        /// The name on the wire, if it is not the function's.
        name: Option<LitStr>,
        authorize: Vec<Expr>,
    },
    Hook(Hook),
    /// Nothing to the hub.
    Skipped,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hook {
    Connected,
    Disconnected,
}

impl Role {
    /// Reads the attributes that are meant for the macro and takes them out,
    /// whether they are right or not.
    pub(super) fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Self {
        let words = Words::take(attributes, errors);
        if let Some(unfit) = words.unfit() {
            errors.add(unfit);
        }
        match (words.skip, words.hooks.first()) {
            (Some(_), _) => Self::Skipped,
            (None, Some((hook, _))) => Self::Hook(*hook),
            (None, None) => Self::Method {
                name: words.name,
                authorize: words.authorize.into_iter().map(|(_, who)| who).collect(),
            },
        }
    }

    /// Reads the attributes of a function without `self`, which has no role.
    pub(super) fn refuse(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
        let words = Words::take(attributes, errors);
        if let Some(span) = words.of_methods().chain(words.of_hooks()).next() {
            let text = "only a method with `&self` can be called by clients or be a hook";
            errors.add(Error::new(span, text));
        }
    }
}

/// The attributes as they stand there.
#[derive(Default)]
struct Words {
    skip: Option<Span>,
    name: Option<LitStr>,
    hooks: Vec<(Hook, Span)>,
    authorize: Vec<(Span, Expr)>,
}

impl Words {
    fn take(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Self {
        let mut words = Self::default();
        for (attribute, hook) in [
            ("on_connected", Hook::Connected),
            ("on_disconnected", Hook::Disconnected),
        ] {
            for taken in take_attributes(attributes, attribute) {
                errors.check(taken.meta.require_path_only());
                words.hooks.push((hook, taken.span()));
            }
        }
        for taken in take_attributes(attributes, "authorize") {
            if let Some(who) = errors.check(taken.parse_args()) {
                words.authorize.push((taken.span(), who));
            }
        }
        for taken in take_attributes(attributes, "hub") {
            errors.check(words.read_hub(&taken));
        }
        words
    }

    fn read_hub(&mut self, attribute: &Attribute) -> Result<()> {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                self.skip = Some(meta.path.span());
            } else if meta.path.is_ident("name") {
                self.name = Some(wire_name(&meta)?);
            } else {
                return Err(meta.error("expected `name = \"...\"` or `skip`"));
            }
            Ok(())
        })
    }

    fn of_methods(&self) -> impl Iterator<Item = Span> {
        let authorize = self.authorize.iter().map(|(span, _)| *span);
        self.name.iter().map(LitStr::span).chain(authorize)
    }

    fn of_hooks(&self) -> impl Iterator<Item = Span> {
        self.hooks.iter().map(|(_, span)| *span)
    }

    /// An attribute that would have no effect: that of `authorize`, above all,
    /// must not go unnoticed.
    fn unfit(&self) -> Option<Error> {
        let (span, text) = if self.skip.is_some() {
            let span = self.of_methods().chain(self.of_hooks()).next()?;
            (span, "this has no effect on a skipped method")
        } else if let [_, rest @ ..] = &*self.hooks {
            match rest.first() {
                Some((_, span)) => (*span, "a function is one hook, once"),
                None => {
                    let span = self.of_methods().next()?;
                    (span, "this has no effect on a hook: clients cannot call it")
                }
            }
        } else {
            return None;
        };
        Some(Error::new(span, text))
    }
}
