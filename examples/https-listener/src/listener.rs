use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How many clients may be in the middle of their TLS handshake; further ones
/// wait in the socket's backlog. Bounds what clients cost that never finish it.
const MAXIMUM_HANDSHAKES: usize = 1024;

/// How long a client may take for its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// A listener whose connections have shaken hands. Slow clients hold nobody up.
pub struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    handshakes: JoinSet<Option<Accepted>>,
}

type Accepted = (TlsStream<TcpStream>, SocketAddr);

impl TlsListener {
    /// Speaks TLS on what `tcp` accepts.
    #[must_use]
    pub fn new(tcp: TcpListener, config: Arc<ServerConfig>) -> Self {
        Self {
            tcp,
            acceptor: config.into(),
            handshakes: JoinSet::new(),
        }
    }

    fn shake_hands(&mut self, stream: TcpStream, peer: SocketAddr) {
        let acceptor = self.acceptor.clone();
        self.handshakes.spawn(async move {
            let handshake = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream));
            Some((handshake.await.ok()?.ok()?, peer))
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        loop {
            let may_begin = self.handshakes.len() < MAXIMUM_HANDSHAKES;
            tokio::select! {
                (stream, peer) = Listener::accept(&mut self.tcp), if may_begin => {
                    self.shake_hands(stream, peer);
                }
                Some(ended) = self.handshakes.join_next() => {
                    if let Ok(Some(accepted)) = ended {
                        return accepted;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl fmt::Debug for TlsListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsListener")
            .field("tcp", &self.tcp)
            .field("handshakes", &self.handshakes.len())
            .finish_non_exhaustive()
    }
}
