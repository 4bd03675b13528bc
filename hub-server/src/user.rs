//! Who a connection speaks for.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The name under which a user's connections are addressed; compared exactly.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for UserId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<&String> for UserId {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<String> for UserId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<&Self> for UserId {
    /// Shares the name.
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl AsRef<str> for UserId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for UserId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({})", self.0)
    }
}

/// An authenticated user, as an authentication layer leaves it in a request's
/// extensions.
///
/// The framework authenticates nobody. A layer of the application checks the
/// request's token, cookie or certificate and inserts a `Principal`; hubs then
/// see it as the caller's user.
///
/// Clients send their token in the header `Authorization: Bearer ...`, and where
/// a browser lets them set no header, for WebSockets and event streams, in the
/// query as `access_token`. A layer has to look at both, and at every request of
/// the hub. What is in a query gets into the logs of servers and proxies: keep it
/// out of yours, and let tokens live for minutes. Hub code sees the request with
/// its headers and its query, tokens for authentication included.
///
/// ```
/// use hub_server::Principal;
///
/// let user = Principal::new("ann").with_claim("role", "admin");
/// assert_eq!(user.claim("role"), Some("admin"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    id: UserId,
    claims: Vec<(String, String)>,
    expires_at: Option<SystemTime>,
}

impl Principal {
    /// A user known by this name.
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            claims: Vec::new(),
            expires_at: None,
        }
    }

    /// Adds a claim; a name may occur several times.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.claims.push((name.into(), value.into()));
        self
    }

    /// Says until when the authentication holds.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// The user's name.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// The first value of the claim `name`.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the claim `name` has the value `value`.
    #[must_use]
    pub fn has_claim(&self, name: &str, value: &str) -> bool {
        self.claims
            .iter()
            .any(|(known, is)| known == name && is == value)
    }

    /// Until when the authentication holds, if that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}
