//! The rules of a connection, one test each, in the words of the wire.

mod closing;
mod counting;
mod handshake;
mod keep_alive;
#[path = "../../../tests/plain_protocol/mod.rs"]
mod plain_protocol;
mod receiving;
mod stateful_reconnect;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{CloseReason, Connection, Event, Settings};
use crate::TransferFormat;
use crate::protocol::HubProtocol;
use plain_protocol::{json, message_pack};

const BOTH: &[TransferFormat] = &[TransferFormat::Text, TransferFormat::Binary];
const TEXT: &[TransferFormat] = &[TransferFormat::Text];

const REQUEST: &str = "{\"protocol\":\"json\",\"version\":1}\x1e";
const ACCEPTED: &str = "{}\x1e";
const PING: &str = "{\"type\":6}\x1e";
const CLOSE: &str = "{\"type\":7}\x1e";

/// One side of a connection under a clock that moves only when told to.
struct Side {
    machine: Connection,
    now: Instant,
}

impl Side {
    fn server(settings: Settings) -> Self {
        Self::server_on(BOTH, settings)
    }

    fn server_on(transport: &'static [TransferFormat], settings: Settings) -> Self {
        let now = Instant::now();
        let machine = Connection::server(Arc::new(settings), protocols(), transport, now);
        Self { machine, now }
    }

    fn client(settings: Settings) -> Self {
        let now = Instant::now();
        let machine = Connection::client(Arc::new(settings), json(), now);
        Self { machine, now }
    }

    /// A server after its handshake.
    fn open_server(settings: Settings) -> Self {
        let mut side = Self::server(settings);
        assert_eq!(side.receive(REQUEST), ["HandshakeCompleted"]);
        assert_eq!(side.sent(), [ACCEPTED]);
        side
    }

    /// A client after its handshake, with its first Ping sent.
    fn open_client(settings: Settings) -> Self {
        let mut side = Self::client(settings);
        assert_eq!(side.sent(), [REQUEST]);
        assert_eq!(side.receive(ACCEPTED), ["HandshakeCompleted"]);
        side.sent();
        side
    }

    /// The events of `bytes`, each with what tells it from others; asserts that
    /// everything is consumed.
    fn receive(&mut self, bytes: impl AsRef<[u8]>) -> Vec<String> {
        let mut input = bytes.as_ref();
        let events = self.receive_from(&mut input);
        assert_eq!(input, b"", "nothing is left over");
        events
    }

    fn receive_from(&mut self, input: &mut &[u8]) -> Vec<String> {
        std::iter::from_fn(|| self.machine.receive(input, self.now))
            .map(|event| summary(&event))
            .collect()
    }

    /// How the connection ends when it receives `bytes`.
    fn receive_close(&mut self, bytes: impl AsRef<[u8]>) -> CloseReason {
        let mut input = bytes.as_ref();
        let Some(Event::Closed(reason)) = self.machine.receive(&mut input, self.now) else {
            panic!("the connection did not end");
        };
        assert_eq!(input, b"", "a closed connection consumes everything");
        reason
    }

    /// Everything that is queued, as text.
    fn sent(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.machine.poll_transmit())
            .map(|transmit| String::from_utf8_lossy(&transmit.bytes).into_owned())
            .collect()
    }

    fn wait(&mut self, time: Duration) -> Option<CloseReason> {
        self.now += time;
        self.machine.handle_timeout(self.now)
    }

    /// The time until the next deadline.
    fn deadline(&self) -> Option<Duration> {
        self.machine
            .poll_timeout()
            .map(|deadline| deadline.saturating_duration_since(self.now))
    }
}

fn summary(event: &Event<'_>) -> String {
    match event {
        Event::HandshakeCompleted => "HandshakeCompleted".into(),
        Event::Invocation(message) => format!("Invocation {}", message.target),
        Event::StreamItem(message) => format!("StreamItem {}", message.invocation_id),
        Event::Completion(message) => format!("Completion {}", message.invocation_id),
        Event::StreamInvocation(message) => format!("StreamInvocation {}", message.target),
        Event::CancelInvocation(message) => format!("CancelInvocation {}", message.invocation_id),
        Event::Closed(reason) => format!("Closed: {reason}"),
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn detailed() -> Settings {
    Settings {
        detailed_errors: true,
        ..Settings::default()
    }
}

fn protocols() -> Arc<[Arc<dyn HubProtocol>]> {
    Arc::new([json(), message_pack()])
}
