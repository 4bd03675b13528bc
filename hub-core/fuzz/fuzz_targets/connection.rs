//! Any conversation with either end of a connection, at any times: no panic, one
//! end that lasts, and never a deadline in the past, which would keep a driver
//! busy.

#![no_main]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub_core::connection::{Connection, Event, Phase, Settings};
use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};
use hub_core::{Close, TransferFormat};
use libfuzzer_sys::fuzz_target;

/// A call in the fewest bytes of JSON, to be kept for a resumption.
const RECORD: &[u8] = b"{\"type\":1,\"target\":\"T\",\"arguments\":[]}\x1e";

/// More records than a machine ever has queued at once.
const MANY: usize = 1_000;

fuzz_target!(|input: &[u8]| {
    let Some((flags, mut rest)) = input.split_first() else {
        return;
    };
    let mut driver = Driver::new(*flags);
    while let Some((step, after)) = rest.split_first() {
        rest = driver.step(*step, after);
        driver.check();
    }
    driver.end_of_input();
    driver.check();
    assert_eq!(driver.ends, 1, "a connection ends once");
});

struct Driver {
    machine: Connection,
    limit: usize,
    now: Instant,
    /// Received and not consumed.
    pending: Vec<u8>,
    open: bool,
    ends: usize,
}

impl Driver {
    fn new(flags: u8) -> Self {
        let is = |bit: u8| flags & (1 << bit) != 0;
        let now = Instant::now();
        let mut settings = Settings::default();
        settings.max_message_size = if is(0) { 64 } else { 32_768 };
        settings.detailed_errors = is(1);
        settings.keep_alive_interval = (!is(2)).then_some(Duration::from_secs(15));
        settings.peer_timeout = (!is(3)).then_some(Duration::from_secs(30));
        let settings = Arc::new(settings);
        let limit = settings.max_message_size;
        let json: Arc<dyn HubProtocol> = Arc::new(JsonProtocol);
        let packed: Arc<dyn HubProtocol> = Arc::new(MessagePackProtocol);
        let mut machine = if is(4) {
            let protocol = if is(5) { packed } else { json };
            Connection::client(settings, protocol, now)
        } else {
            let formats: &[TransferFormat] = if is(5) {
                &[TransferFormat::Text]
            } else {
                &[TransferFormat::Text, TransferFormat::Binary]
            };
            Connection::server(settings, [json, packed].into(), formats, now)
        };
        if is(6) {
            machine.enable_stateful_reconnect(100);
        }
        Self {
            machine,
            limit,
            now,
            pending: Vec::new(),
            open: false,
            ends: 0,
        }
    }

    /// One thing that happens; what is left of the input afterwards.
    fn step<'i>(&mut self, step: u8, rest: &'i [u8]) -> &'i [u8] {
        match step {
            0..=0xDF => {
                let (piece, rest) = rest.split_at(rest.len().min(usize::from(step) + 1));
                self.receive(piece);
                return rest;
            }
            0xE0..=0xEF => self.wait(Duration::from_millis(1 << (step & 0x0F))),
            0xF0 => self.wait_for_the_deadline(),
            0xF1 => self.machine.note_sent(self.now),
            0xF2 => self.machine.pause_peer_timeout(),
            0xF3 if self.is_open() => self.machine.restart_peer_timeout(self.now),
            0xF4 if self.is_open() => {
                let _ = self
                    .machine
                    .send_record(&Bytes::from_static(RECORD), self.now);
            }
            0xF5 => {
                if self.machine.handle_transport_lost() {
                    self.pending.clear();
                }
            }
            0xF6 => self.machine.handle_transport_resumed(),
            0xF7 => self.close(),
            0xF8 => self.end_of_input(),
            _ => {}
        }
        rest
    }

    fn receive(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        let pending = std::mem::take(&mut self.pending);
        let mut input = pending.as_slice();
        while let Some(event) = self.machine.receive(&mut input, self.now) {
            match event {
                Event::HandshakeCompleted => {
                    assert!(!self.open, "there is one handshake");
                    self.open = true;
                }
                Event::Closed(_) => self.ends += 1,
                _ => assert!(self.open && self.ends == 0, "an event out of place"),
            }
        }
        assert!(input.len() <= self.limit, "more is kept than allowed");
        self.pending = input.to_vec();
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        let end = self.machine.handle_timeout(self.now);
        self.ends += usize::from(end.is_some());
        let next = self.machine.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "already over");
    }

    fn wait_for_the_deadline(&mut self) {
        if let Some(deadline) = self.machine.poll_timeout() {
            self.wait(deadline.saturating_duration_since(self.now));
        }
    }

    fn close(&mut self) {
        let was_closed = self.machine.phase() == Phase::Closed;
        self.machine.close(Close::default());
        self.ends += usize::from(!was_closed);
    }

    fn end_of_input(&mut self) {
        let end = self.machine.handle_end_of_input(&self.pending);
        self.ends += usize::from(end.is_some());
        self.pending.clear();
    }

    fn is_open(&self) -> bool {
        self.machine.phase() == Phase::Open
    }

    fn check(&mut self) {
        let is_quiet = (0..MANY).any(|_| self.machine.poll_transmit().is_none());
        assert!(is_quiet, "there is no end of records to send");
        let is_closed = self.machine.phase() == Phase::Closed;
        assert_eq!(
            is_closed,
            self.ends > 0,
            "an end without news, or the reverse"
        );
        assert!(self.ends <= 1, "a connection ends once");
        if is_closed {
            assert_eq!(self.machine.poll_timeout(), None);
            self.receive(b"late");
            assert_eq!(self.pending, b"", "nothing is heard any more");
        }
    }
}
