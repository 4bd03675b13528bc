//! A listener for [`axum::serve()`] that speaks TLS, and a certificate to try it
//! with.
//!
//! `axum::serve` speaks HTTP/2 as soon as clients may choose it, by ALPN, and
//! offers extended CONNECT (RFC 8441), so that WebSockets share the connection
//! with everything else. A program of your own takes its certificate from
//! files and leaves [`self_signed`] out.
//!
//! ```no_run
//! use axum::Router;
//! use https_listener::{TlsListener, self_signed};
//! use tokio::net::TcpListener;
//!
//! # async fn run(app: Router) -> Result<(), Box<dyn std::error::Error>> {
//! let tcp = TcpListener::bind("127.0.0.1:5001").await?;
//! axum::serve(TlsListener::new(tcp, self_signed()?), app).await?;
//! # Ok(())
//! # }
//! ```

mod certificate;
mod listener;

pub use certificate::{CertificateError, self_signed};
pub use listener::TlsListener;
