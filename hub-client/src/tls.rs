//! TLS, with the feature `rustls` or not at all: what differs between the two
//! is here.

#[cfg(not(feature = "rustls"))]
pub(crate) use without::Tls;

#[cfg(feature = "rustls")]
pub(crate) use with_rustls::Tls;

#[cfg(not(feature = "rustls"))]
mod without {
    use http::Request;
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

    use crate::BuildError;
    use crate::transport::Socket;

    /// No TLS.
    #[derive(Clone, Default)]
    pub(crate) struct Tls(());

    impl Tls {
        pub(crate) const SCHEMES: &[&str] = &["http", "ws"];

        pub(crate) fn prepare(&mut self, _is_needed: bool) -> Result<(), BuildError> {
            Ok(())
        }

        pub(crate) fn set_up(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
            client
        }

        pub(crate) async fn open_websocket(
            &self,
            request: Request<()>,
            config: WebSocketConfig,
        ) -> Result<Socket, Error> {
            let opened =
                tokio_tungstenite::connect_async_with_config(request, Some(config), true).await;
            opened.map(|(socket, _)| socket)
        }
    }
}

#[cfg(feature = "rustls")]
mod with_rustls {
    use std::sync::Arc;

    use http::Request;
    use rustls::crypto::ring;
    use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
    use rustls_platform_verifier::BuilderVerifierExt;
    use tokio_tungstenite::Connector;
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

    use crate::BuildError;
    use crate::transport::Socket;

    /// What requests and WebSockets share.
    #[derive(Clone, Default)]
    pub(crate) struct Tls(Option<Arc<ClientConfig>>);

    impl Tls {
        pub(crate) const SCHEMES: &[&str] = &["http", "ws", "https", "wss"];

        pub(crate) fn new(config: Arc<ClientConfig>) -> Self {
            Self(Some(config))
        }

        /// Chooses the certificates that the system trusts, unless there is a
        /// configuration already. A system without any only matters when TLS
        /// `is_needed`.
        pub(crate) fn prepare(&mut self, is_needed: bool) -> Result<(), BuildError> {
            if self.0.is_none() {
                let config = match system() {
                    Ok(config) => config,
                    Err(error) if is_needed => return Err(BuildError::Tls(error.into())),
                    Err(_) => trusting_nobody().map_err(|error| BuildError::Tls(error.into()))?,
                };
                self.0 = Some(Arc::new(config));
            }
            Ok(())
        }

        pub(crate) fn set_up(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
            match &self.0 {
                Some(config) => client.tls_backend_preconfigured(ClientConfig::clone(config)),
                None => client,
            }
        }

        pub(crate) async fn open_websocket(
            &self,
            request: Request<()>,
            config: WebSocketConfig,
        ) -> Result<Socket, Error> {
            let connector = self.0.clone().map(Connector::Rustls);
            let opened = tokio_tungstenite::connect_async_tls_with_config(
                request,
                Some(config),
                true,
                connector,
            )
            .await;
            opened.map(|(socket, _)| socket)
        }
    }

    fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
        // No provider is taken from, or set for, the rest of the process.
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
    }

    fn system() -> Result<ClientConfig, rustls::Error> {
        Ok(builder()?.with_platform_verifier()?.with_no_client_auth())
    }

    fn trusting_nobody() -> Result<ClientConfig, rustls::Error> {
        let roots = RootCertStore::empty();
        Ok(builder()?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}
