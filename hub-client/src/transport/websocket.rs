//! WebSockets by tokio-tungstenite.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Sink, Stream};
use http::HeaderMap;
use hub_core::TransferFormat;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use url::Url;

use super::{Record, Transport};
use crate::TransportError;
use crate::builder::Options;

/// How much is read from the socket at once, and how much is gathered before
/// it is written. The library's default of 128 KiB is cleared before each read.
const BUFFER_SIZE: usize = 8 * 1024;

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A WebSocket whose opening handshake is done.
pub(crate) struct WebSocket {
    socket: Socket,
}

impl WebSocket {
    /// Opens a WebSocket at `url` with these headers on the request.
    pub(crate) async fn connect(
        url: &Url,
        headers: HeaderMap,
        options: &Options,
    ) -> Result<Self, TransportError> {
        let mut request = websocket_url(url)
            .as_str()
            .into_client_request()
            .map_err(transport_error)?;
        request.headers_mut().extend(headers);
        let limit = Some(options.settings.max_message_size);
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_SIZE)
            .write_buffer_size(BUFFER_SIZE)
            .max_message_size(limit)
            .max_frame_size(limit);
        let timeout = options.request_timeout;
        let opening = options.tls.open_websocket(request, config);
        let socket = tokio::time::timeout(timeout, opening)
            .await
            .map_err(|_| TransportError::Timeout(timeout))?
            .map_err(transport_error)?;
        Ok(Self { socket })
    }
}

impl Transport for WebSocket {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            let Some(message) = ready!(Pin::new(&mut self.socket).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            return Poll::Ready(Some(match message {
                Ok(Message::Text(text)) => Ok(text.into()),
                Ok(Message::Binary(bytes)) => Ok(bytes),
                Ok(Message::Close(Some(frame))) if frame.code != CloseCode::Normal => {
                    Err(TransportError::Closed {
                        code: frame.code.into(),
                        reason: frame.reason.as_str().to_owned(),
                    })
                }
                // The rest of the goodbye is up to `poll_close`.
                Ok(Message::Close(_)) => return Poll::Ready(None),
                // Pings are answered below us.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
                Err(error) => Err(transport_error(error)),
            }));
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        queue: &mut VecDeque<Record>,
    ) -> Poll<Result<(), TransportError>> {
        let mut socket = Pin::new(&mut self.socket);
        while !queue.is_empty() {
            ready!(socket.as_mut().poll_ready(cx)).map_err(transport_error)?;
            if let Some(record) = queue.pop_front() {
                socket
                    .as_mut()
                    .start_send(message(&record))
                    .map_err(transport_error)?;
            }
        }
        socket.poll_flush(cx).map_err(transport_error)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A socket that cannot be closed any more is closed.
        Pin::new(&mut self.socket).poll_close(cx).map(|_| ())
    }
}

fn message(record: &Record) -> Message {
    let bytes = record.bytes.clone();
    match record.format {
        TransferFormat::Binary => Message::Binary(bytes),
        // A text protocol writes text; servers do not look at the kind anyway.
        TransferFormat::Text => Utf8Bytes::try_from(bytes)
            .map_or_else(|_| Message::Binary(record.bytes.clone()), Message::Text),
    }
}

fn websocket_url(url: &Url) -> Url {
    let mut url = url.clone();
    let scheme = match url.scheme() {
        "https" | "wss" => "wss",
        _ => "ws",
    };
    // All four are schemes of the same kind, between which a URL may change.
    let _ = url.set_scheme(scheme);
    url.set_fragment(None);
    url
}

fn transport_error(error: Error) -> TransportError {
    match error {
        Error::Io(error) => TransportError::Io(error),
        Error::Http(response) => TransportError::Status(response.status()),
        Error::Capacity(_) => TransportError::MessageTooLarge,
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )
        | Error::ConnectionClosed
        | Error::AlreadyClosed => TransportError::Io(std::io::ErrorKind::UnexpectedEof.into()),
        other => TransportError::Protocol(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_urls_become_websocket_urls() {
        for (http, ws) in [
            ("http://a/hub?x=1", "ws://a/hub?x=1"),
            ("https://a:8443/hub", "wss://a:8443/hub"),
            ("ws://a/hub", "ws://a/hub"),
        ] {
            let url = Url::parse(http).unwrap();
            assert_eq!(websocket_url(&url).as_str(), ws);
        }
    }
}
