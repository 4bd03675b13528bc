//! Negotiation: what a client asks before it connects, and what it is told.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConnectionId, ConnectionToken, TransferFormat};

/// The newest negotiate version; it adds a secret connection token.
pub const NEGOTIATE_VERSION: i32 = 1;

/// A way to carry a hub connection, in the order in which servers offer them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TransportKind {
    /// One WebSocket.
    WebSockets,
    /// An event stream down, POST requests up.
    ServerSentEvents,
    /// Held GET requests down, POST requests up.
    LongPolling,
}

impl TransportKind {
    /// All of them, in the order in which servers offer them.
    pub const ALL: &[Self] = &[Self::WebSockets, Self::ServerSentEvents, Self::LongPolling];

    /// The name on the wire, such as `WebSockets`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSockets => "WebSockets",
            Self::ServerSentEvents => "ServerSentEvents",
            Self::LongPolling => "LongPolling",
        }
    }

    /// What it can carry.
    #[must_use]
    pub fn transfer_formats(self) -> &'static [TransferFormat] {
        match self {
            Self::ServerSentEvents => &[TransferFormat::Text],
            Self::WebSockets | Self::LongPolling => &[TransferFormat::Text, TransferFormat::Binary],
        }
    }
}

impl fmt::Display for TransportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a client asks for in the query of its negotiate request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateRequest {
    /// The version to answer in: the one asked for, or the newest if that is
    /// lower.
    pub version: i32,
    /// Whether the client asks for stateful reconnect.
    pub stateful_reconnect: bool,
}

impl NegotiateRequest {
    /// Reads the values of `negotiateVersion` and `useStatefulReconnect`.
    ///
    /// # Errors
    /// When the version is no integer or below `minimum`; the text is for the
    /// client, in an answer of status 200.
    pub fn parse(
        version: Option<&str>,
        stateful_reconnect: Option<&str>,
        minimum: i32,
    ) -> Result<Self, NegotiateRefusal> {
        let asked = match version {
            None => 0,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| NegotiateRefusal::NonIntegerVersion)?,
        };
        if asked < minimum {
            return Err(NegotiateRefusal::VersionTooLow(asked));
        }
        let wanted =
            stateful_reconnect.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        Ok(Self {
            version: asked.min(NEGOTIATE_VERSION),
            stateful_reconnect: wanted,
        })
    }
}

/// Why a server does not negotiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiateRefusal {
    /// The version is no integer.
    #[error("The client requested a non-integer protocol version.")]
    NonIntegerVersion,
    /// The version is below the server's minimum, or negative.
    #[error("The client requested version '{0}', but the server does not support this version.")]
    VersionTooLow(i32),
}

impl NegotiateRefusal {
    /// The body of the answer.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Refusal {
            error: String,
        }
        to_json(&Refusal {
            error: self.to_string(),
        })
    }
}

/// What a server tells a client that may connect.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NegotiateAnswer<'a> {
    /// Present when stateful reconnect was asked for and is granted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    use_stateful_reconnect: bool,
    negotiate_version: i32,
    connection_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_lifetime_seconds: Option<u64>,
    available_transports: Vec<AvailableTransport>,
}

impl<'a> NegotiateAnswer<'a> {
    /// An answer in `version`; the token is told from version 1 on.
    #[must_use]
    pub fn new(
        version: i32,
        id: &'a ConnectionId,
        token: &'a ConnectionToken,
        transports: impl IntoIterator<Item = TransportKind>,
    ) -> Self {
        Self {
            use_stateful_reconnect: false,
            negotiate_version: version,
            connection_id: id.as_str(),
            connection_token: (version >= 1).then(|| token.expose()),
            token_lifetime_seconds: None,
            available_transports: transports.into_iter().map(AvailableTransport::of).collect(),
        }
    }

    /// Grants stateful reconnect.
    #[must_use]
    pub fn with_stateful_reconnect(mut self, granted: bool) -> Self {
        self.use_stateful_reconnect = granted;
        self
    }

    /// Tells how long the client's authentication lasts.
    #[must_use]
    pub fn with_token_lifetime(mut self, seconds: Option<u64>) -> Self {
        self.token_lifetime_seconds = seconds;
        self
    }

    /// The body of the answer.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_json(self)
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings, numbers and lists have a form")
}

/// A transport that a server offers, under a name that the client may not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableTransport {
    /// Its name.
    pub transport: Cow<'static, str>,
    /// Names of what it can carry: `Text`, `Binary`.
    pub transfer_formats: Vec<Cow<'static, str>>,
}

impl AvailableTransport {
    /// One of the known transports.
    #[must_use]
    pub fn of(kind: TransportKind) -> Self {
        let name = |format: &TransferFormat| match format {
            TransferFormat::Text => "Text".into(),
            TransferFormat::Binary => "Binary".into(),
        };
        Self {
            transport: kind.name().into(),
            transfer_formats: kind.transfer_formats().iter().map(name).collect(),
        }
    }

    /// Which transport it is, if it is known.
    #[must_use]
    pub fn kind(&self) -> Option<TransportKind> {
        TransportKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.name() == self.transport)
    }

    /// Whether it can carry `format`.
    #[must_use]
    pub fn carries(&self, format: TransferFormat) -> bool {
        let name = match format {
            TransferFormat::Text => "Text",
            TransferFormat::Binary => "Binary",
        };
        self.transfer_formats.iter().any(|known| known == name)
    }
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiateResponse {
    /// It may connect.
    Accepted(Accepted),
    /// It has to negotiate elsewhere.
    Redirect {
        /// Where.
        url: String,
        /// With which token, instead of its own.
        access_token: Option<String>,
    },
}

/// What a client needs to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The public id.
    pub connection_id: ConnectionId,
    /// What names the connection in requests: the secret token, or the id in
    /// version 0.
    pub connection_token: ConnectionToken,
    /// In the order in which the client should try them.
    pub transports: Vec<AvailableTransport>,
    /// Whether stateful reconnect is granted.
    pub stateful_reconnect: bool,
}

/// Why a negotiate response is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NegotiateError {
    /// The server refuses, in its words.
    #[error("{0}")]
    Refused(String),
    /// The server speaks the protocol of ASP.NET SignalR, before Core.
    #[error(
        "Detected a connection attempt to an ASP.NET SignalR Server. This client only supports \
         connecting to an ASP.NET Core SignalR Server. See https://aka.ms/signalr-core-differences \
         for details."
    )]
    ClassicServer,
    /// It is no negotiate response.
    #[error("Invalid negotiation response received.")]
    Invalid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResponse {
    error: Option<String>,
    url: Option<String>,
    access_token: Option<String>,
    connection_id: Option<String>,
    connection_token: Option<String>,
    negotiate_version: Option<i32>,
    available_transports: Option<Vec<AvailableTransport>>,
    #[serde(default)]
    use_stateful_reconnect: bool,
    #[serde(rename = "ProtocolVersion")]
    protocol_version: Option<serde::de::IgnoredAny>,
}

impl NegotiateResponse {
    /// Reads the body of a response.
    ///
    /// # Errors
    /// When the server refuses, or it is no response.
    pub fn parse(body: &[u8]) -> Result<Self, NegotiateError> {
        let raw: RawResponse = serde_json::from_slice(body).map_err(|_| NegotiateError::Invalid)?;
        if let Some(error) = raw.error {
            return Err(NegotiateError::Refused(error));
        }
        if raw.protocol_version.is_some() {
            return Err(NegotiateError::ClassicServer);
        }
        if let Some(url) = raw.url {
            return Ok(Self::Redirect {
                url,
                access_token: raw.access_token,
            });
        }
        let connection_id = raw.connection_id.ok_or(NegotiateError::Invalid)?;
        let connection_token = match raw.negotiate_version {
            Some(1..) => raw.connection_token.ok_or(NegotiateError::Invalid)?,
            _ => connection_id.clone(),
        };
        Ok(Self::Accepted(Accepted {
            connection_id: connection_id.into(),
            connection_token: connection_token.as_str().into(),
            transports: raw.available_transports.ok_or(NegotiateError::Invalid)?,
            stateful_reconnect: raw.use_stateful_reconnect,
        }))
    }
}
