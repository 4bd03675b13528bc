use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;

/// Who a server on this machine may be called.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why there is no certificate.
#[derive(Debug)]
pub enum CertificateError {
    /// It could not be made.
    Make(rcgen::Error),
    /// It cannot be served.
    Serve(rustls::Error),
}

/// TLS with a new certificate for this machine that nobody trusts, for HTTP/2
/// and HTTP/1.1.
///
/// # Errors
/// When the certificate cannot be made or served; there is no known reason why
/// that should be.
pub fn self_signed() -> Result<Arc<ServerConfig>, CertificateError> {
    let names = NAMES.map(String::from);
    let made = rcgen::generate_simple_self_signed(names).map_err(CertificateError::Make)?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![made.cert.der().clone()], key.into())
        })
        .map_err(CertificateError::Serve)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl std::fmt::Display for CertificateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Make(error) => write!(f, "the certificate cannot be made: {error}"),
            Self::Serve(error) => write!(f, "the certificate cannot be served: {error}"),
        }
    }
}

impl std::error::Error for CertificateError {}
