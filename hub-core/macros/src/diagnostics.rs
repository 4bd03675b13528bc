//! Errors, and the places that the compiler's own errors point at.

use proc_macro2::{Span, TokenStream};
use syn::{Error, Result};

/// Errors found so far: an item is read to its end, so that all of them are
/// reported at once.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, unless it is one more error.
    pub(crate) fn check<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Code that reports the errors; nothing when there are none.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.0.map(Error::into_compile_error)
    }

    #[cfg(test)]
    pub(crate) fn text(self) -> String {
        self.0
            .into_iter()
            .flatten()
            .map(|error| error.to_string() + "\n")
            .collect()
    }
}

/// The span of generated code: the compiler shows `user`, the user's token that
/// the code is about, and its lints still know that the code is generated.
pub(crate) fn generated_for(user: Span) -> Span {
    Span::mixed_site().located_at(user)
}
