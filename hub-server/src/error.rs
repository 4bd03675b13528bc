//! What can go wrong, sorted by who must act.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::panics::{contain, drop_contained};

/// Why a hub method, a stream or a life-cycle hook failed.
///
/// Two kinds, and the difference is who may read the text:
///
/// * [`HubError::new`] is meant for the peer: its text always reaches the
///   client.
/// * Everything else, such as an error passed on with `?`, is internal: the
///   client is only told that the call failed, unless
///   [`detailed_errors`](crate::HubOptions::detailed_errors) is on. The error
///   itself is kept: see [`source`](Self::source).
///
/// Like `anyhow::Error` it can be made from every error and is therefore no
/// `std::error::Error` itself, but `?` makes a `Box<dyn Error + Send + Sync>` of
/// it. Outside of hubs nothing fails with it: see [`Place`](crate::Place).
///
/// ```
/// use hub_server::HubError;
///
/// fn parse(text: &str) -> Result<u32, HubError> {
///     if text.is_empty() {
///         return Err(HubError::new("say a number"));
///     }
///     Ok(text.parse()?)
/// }
///
/// assert!(parse("").is_err_and(|error| error.is_public()));
/// assert!(parse("x").is_err_and(|error| !error.is_public()));
/// ```
pub struct HubError(Box<Repr>);

enum Repr {
    /// A text that the peer may read.
    Public(Box<str>),
    /// A failure of the framework's own; the kind is for detailed errors.
    Internal { kind: &'static str, text: Box<str> },
    /// An error of the application's, with the short name of its type.
    Source { kind: &'static str, error: Kept },
}

/// An error of the application's. Hub errors end up in the framework, which must
/// survive what an error does when it is dropped. `None` once it is taken out.
struct Kept(Option<Box<dyn Error + Send + Sync>>);

impl Drop for Kept {
    fn drop(&mut self) {
        drop_contained(self.0.take());
    }
}

impl HubError {
    /// An error whose text the peer may read.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Repr::Public(message.into().into())))
    }

    /// An internal error: only detailed errors show `kind` and the text.
    pub(crate) fn internal(kind: &'static str, message: impl Into<String>) -> Self {
        let text = message.into().into();
        Self(Box::new(Repr::Internal { kind, text }))
    }

    /// The text, without saying whether the peer may read it.
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        match &*self.0 {
            Repr::Public(text) | Repr::Internal { text, .. } => Cow::Borrowed(text),
            Repr::Source { .. } => Cow::Owned(self.to_string()),
        }
    }

    /// Whether the peer may always read the text.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(*self.0, Repr::Public(_))
    }

    /// The error that this was made from, if it was made from one.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use hub_server::HubError;
    ///
    /// let error = HubError::from("x".parse::<u32>().unwrap_err());
    /// assert!(error.source().is_some_and(|source| source.is::<ParseIntError>()));
    /// assert!(HubError::new("say a number").source().is_none());
    /// ```
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &*self.0 {
            Repr::Source { error, .. } => error.0.as_deref(),
            Repr::Public(_) | Repr::Internal { .. } => None,
        }
    }

    /// The error that this was made from, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.source().and_then(|error| error.downcast_ref())
    }

    /// What kind of internal error it is; `None`: a public one.
    fn kind(&self) -> Option<&'static str> {
        match *self.0 {
            Repr::Public(_) => None,
            Repr::Internal { kind, .. } | Repr::Source { kind, .. } => Some(kind),
        }
    }

    /// The one place that decides what a peer is told of a failure: `base`, and
    /// the cause behind it if the peer may know.
    pub(crate) fn describe(&self, base: &str, detailed: bool) -> String {
        match self.kind() {
            None => format!("{base} HubException: {self}"),
            Some(kind) if detailed => {
                // The application's code, which may panic.
                let text = contain(|| self.to_string()).unwrap_or_default();
                format!("{base} {kind}: {text}")
            }
            Some(_) => base.to_owned(),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HubError {
    fn from(error: E) -> Self {
        Self(Box::new(Repr::Source {
            kind: short_name(std::any::type_name::<E>()),
            error: Kept(Some(Box::new(error))),
        }))
    }
}

impl From<HubError> for Box<dyn Error + Send + Sync> {
    /// The error that the other was made from, or one with its text.
    fn from(error: HubError) -> Self {
        match *error.0 {
            Repr::Public(text) | Repr::Internal { text, .. } => String::from(text).into(),
            Repr::Source { mut error, .. } => error.0.take().unwrap_or_else(|| "".into()),
        }
    }
}

impl From<HubError> for Box<dyn Error> {
    /// The error that the other was made from, or one with its text.
    fn from(error: HubError) -> Self {
        Box::<dyn Error + Send + Sync>::from(error)
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Repr::Public(text) | Repr::Internal { text, .. } => f.write_str(text),
            Repr::Source { error, .. } => error.0.as_ref().map_or(Ok(()), |error| error.fmt(f)),
        }
    }
}

impl fmt::Debug for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.kind().unwrap_or("HubError"))
    }
}

/// `a::b::Name<c::D>` as `Name`.
fn short_name(full: &'static str) -> &'static str {
    let plain = full.split('<').next().unwrap_or(full);
    plain.rsplit("::").next().unwrap_or(plain)
}

/// A send that could not be carried out.
///
/// Targets that do not exist are no error: nobody is told nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// An argument has no form on the wire; nobody received anything.
    #[error(transparent)]
    Encode(#[from] hub_core::EncodeError),
    /// A group name was empty.
    #[error("Cannot send to an empty group name.")]
    EmptyGroupName,
}

/// A connection could not be put into a group or taken out of it.
///
/// There is no such failure yet: groups are kept in memory, which cannot fail. A
/// backplane that has to be asked can.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {}

/// A client was asked for a value and did not give one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// An argument has no form on the wire; the client was not asked.
    #[error(transparent)]
    Encode(#[from] hub_core::EncodeError),
    /// There is no such connection.
    #[error("Connection '{0}' does not exist.")]
    UnknownConnection(hub_core::ConnectionId),
    /// The connection ended before the answer came.
    #[error("Connection '{0}' disconnected.")]
    Disconnected(hub_core::ConnectionId),
    /// The client answered with an error, in its own words.
    #[error("{0}")]
    Client(String),
    /// The client answered without a value.
    #[error("Exception of type 'Microsoft.AspNetCore.SignalR.HubException' was thrown.")]
    NoResult,
    /// The client's value is not of the type asked for.
    #[error("Error trying to deserialize result to {expected}. {cause}")]
    WrongType {
        /// The type that was asked for.
        expected: &'static str,
        /// The decoder's words.
        cause: String,
    },
    /// Asked inside `on_connected`, where no answer can be received yet.
    #[error("Client results inside OnConnectedAsync Hub methods are not allowed.")]
    WhileConnecting,
}

impl InvokeError {
    pub(crate) fn wrong_type<T>(cause: &dyn fmt::Display) -> Self {
        Self::WrongType {
            expected: short_name(std::any::type_name::<T>()),
            cause: cause.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct InvalidState(String);

    #[test]
    fn only_public_errors_show_their_text() {
        let public = HubError::new("full");
        let internal = HubError::from(InvalidState("secret".into()));
        assert_eq!(
            public.describe("failed.", false),
            "failed. HubException: full"
        );
        assert_eq!(internal.describe("failed.", false), "failed.");
        assert_eq!(
            internal.describe("failed.", true),
            "failed. InvalidState: secret"
        );
    }

    #[test]
    fn the_error_behind_an_internal_one_is_kept() {
        let error = HubError::from(InvalidState("secret".into()));
        let InvalidState(text) = error.downcast_ref().unwrap();
        assert_eq!(text, "secret");
        assert!(error.downcast_ref::<fmt::Error>().is_none());
        assert_eq!(error.message(), "secret");
        assert_eq!(format!("{error:?}"), "InvalidState: secret");
        assert!(HubError::internal("Panic", "gone").source().is_none());
    }

    #[derive(Debug)]
    struct Unruly;

    impl fmt::Display for Unruly {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose")
        }
    }

    impl Error for Unruly {}

    impl Drop for Unruly {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[test]
    fn an_error_that_panics_harms_nobody() {
        let error = HubError::from(Unruly);
        assert_eq!(error.describe("failed.", true), "failed. Unruly: ");
        drop(error);
    }

    #[test]
    fn question_marks_make_boxes_of_hub_errors() {
        fn fail() -> Result<(), Box<dyn Error + Send + Sync>> {
            Err(HubError::new("full"))?
        }
        assert_eq!(fail().unwrap_err().to_string(), "full");
        let of_error = HubError::from(InvalidState("secret".into()));
        let error = Box::<dyn Error + Send + Sync>::from(of_error);
        assert!(error.is::<InvalidState>());
        assert_eq!(Box::<dyn Error>::from(HubError::new("x")).to_string(), "x");
    }

    #[test]
    fn type_names_are_shortened() {
        assert_eq!(short_name("a::b::Name<c::D>"), "Name");
    }
}
