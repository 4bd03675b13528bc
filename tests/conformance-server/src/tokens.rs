//! Tokens (HS256) and the layer that turns them into a [`Principal`].

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Query, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use hub_server::Principal;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::lab::Lab;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// How long a token is taken after it has expired, for clocks that differ.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: u64,
    #[serde(rename = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier")]
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// What a token is asked to say.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    pub(crate) user: String,
    pub(crate) role: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) lifetime: Option<i64>,
}

/// Signs a token.
pub(crate) fn issue(key: &[u8], wanted: Wanted) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let claims = Claims {
        iss: "SignalRTestServer".into(),
        aud: "SignalRTests".into(),
        exp: now.saturating_add_signed(wanted.lifetime.unwrap_or(60)),
        name: wanted.user,
        role: wanted.role,
        scope: wanted.scope,
    };
    let claims = serde_json::to_vec(&claims).expect("claims are strings and a number");
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = mac(key, &signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

fn verify(key: &[u8], token: &str) -> Option<Principal> {
    let (signed, signature) = token.rsplit_once('.')?;
    mac(key, signed)
        .verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?)
        .ok()?;
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let expires = UNIX_EPOCH + Duration::from_secs(claims.exp);
    if expires + CLOCK_SKEW < SystemTime::now() {
        return None;
    }
    let mut user = Principal::new(claims.name).with_expiry(expires);
    for (name, value) in [("role", claims.role), ("scope", claims.scope)] {
        if let Some(value) = value {
            user = user.with_claim(name, value);
        }
    }
    Some(user)
}

#[derive(Deserialize)]
struct QueryToken {
    access_token: Option<String>,
}

/// Reads the token of the header, or else of the query.
pub(crate) async fn authenticate(
    State(lab): State<Arc<Lab>>,
    mut request: Request,
    next: Next,
) -> Response {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = match header {
        Some(value) => Some(strip_bearer(value).to_owned()),
        None => Query::<QueryToken>::try_from_uri(request.uri())
            .ok()
            .and_then(|query| query.0.access_token),
    };
    if let Some(user) = token.and_then(|token| verify(&lab.key, &token)) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}

fn strip_bearer(value: &str) -> &str {
    match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer ") => token,
        _ => value,
    }
}
