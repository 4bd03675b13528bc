//! `https` and `wss`, against the server that `SIGNALR_REFERENCE_TLS_URL`
//! names, whose certificate nobody has signed.

use std::sync::Arc;

use hub_client::{ConnectError, HubConnection, HubConnectionBuilder, NegotiateError, StartError};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::AsyncWriteExt;

use super::fake_server::FakeServer;
use super::within;

/// Trusts everybody: for tests only.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn trusting() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    Arc::new(config)
}

fn secure_server() -> Option<HubConnectionBuilder> {
    let Ok(base) = std::env::var("SIGNALR_REFERENCE_TLS_URL") else {
        eprintln!("skipped: SIGNALR_REFERENCE_TLS_URL does not name a server");
        return None;
    };
    let url = format!("{}/conformance", base.trim_end_matches('/'));
    Some(HubConnection::builder(url))
}

#[tokio::test]
async fn a_trusted_server_is_called() {
    for skip in [false, true] {
        let Some(builder) = secure_server() else {
            return;
        };
        let connection = builder
            .tls_config(trusting())
            .skip_negotiation(skip)
            .build()
            .unwrap();
        within(connection.start()).await.unwrap();
        let sum = connection.invoke::<i32>("Add", (1, 2)).await.unwrap();
        assert_eq!(sum, 3);
        within(connection.stop()).await;
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_called() {
    let Some(builder) = secure_server() else {
        return;
    };
    let Ok(connection) = builder.build() else {
        eprintln!("skipped: the system trusts nobody");
        return;
    };
    let error = within(connection.start()).await.unwrap_err();
    assert!(matches!(
        error,
        StartError::Connect(ConnectError::Negotiate(NegotiateError::Http(_)))
    ));
}

#[tokio::test]
async fn a_server_without_tls_fails_the_start() {
    let server = FakeServer::bind().await;
    let url = server.url().replace("http:", "https:");
    let connection = HubConnection::builder(url)
        .tls_config(trusting())
        .build()
        .unwrap();
    let (started, ()) = within(async {
        tokio::join!(connection.start(), async {
            let mut stream = server.accept().await;
            stream.write_all(b"this is no TLS").await.unwrap();
        })
    })
    .await;
    assert!(started.is_err());
}
