//! What can go wrong, sorted by who must act.

use std::error::Error;
use std::fmt;

/// Why a hub method, a stream or a life-cycle hook failed.
///
/// Two kinds, and the difference is who may read the text:
///
/// * [`HubError::new`] is meant for the peer: its text always reaches the
///   client.
/// * Everything else, such as an error passed on with `?`, is internal: the
///   client is only told that the call failed, unless
///   [`detailed_errors`](crate::HubOptions::detailed_errors) is on.
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
pub struct HubError {
    kind: Kind,
    message: Box<str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    /// The short name of the error's type, for detailed errors.
    Internal(&'static str),
}

impl HubError {
    /// An error whose text the peer may read.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Public,
            message: message.into().into(),
        }
    }

    /// An internal error: only detailed errors show `kind` and the text.
    pub(crate) fn internal(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Internal(kind),
            message: message.into().into(),
        }
    }

    /// The text, without saying whether the peer may read it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the peer may always read the text.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.kind == Kind::Public
    }

    /// The one place that decides what a peer is told of a failure: `base`, and
    /// the cause behind it if the peer may know.
    pub(crate) fn describe(&self, base: &str, detailed: bool) -> String {
        match self.kind {
            Kind::Public => format!("{base} HubException: {}", self.message),
            Kind::Internal(kind) if detailed => format!("{base} {kind}: {}", self.message),
            Kind::Internal(_) => base.to_owned(),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HubError {
    fn from(error: E) -> Self {
        Self::internal(short_name(std::any::type_name::<E>()), error.to_string())
    }
}

impl From<HubError> for Box<dyn Error + Send + Sync> {
    fn from(error: HubError) -> Self {
        Box::new(Boxed(error))
    }
}

impl From<HubError> for Box<dyn Error> {
    fn from(error: HubError) -> Self {
        Box::<dyn Error + Send + Sync>::from(error)
    }
}

/// A [`HubError`] where an error must be a `std::error::Error`.
#[derive(Debug)]
struct Boxed(HubError);

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Boxed {}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Public => "HubError",
            Kind::Internal(kind) => kind,
        };
        write!(f, "{kind}: {}", self.message)
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
    fn question_marks_make_boxes_of_hub_errors() {
        fn fail() -> Result<(), Box<dyn Error + Send + Sync>> {
            Err(HubError::new("full"))?
        }
        assert_eq!(fail().unwrap_err().to_string(), "full");
        assert_eq!(Box::<dyn Error>::from(HubError::new("x")).to_string(), "x");
    }

    #[test]
    fn type_names_are_shortened() {
        assert_eq!(short_name("a::b::Name<c::D>"), "Name");
    }
}
