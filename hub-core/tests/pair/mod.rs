//! A server and a client that talk to each other without a network, under a
//! clock that jumps from deadline to deadline.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that uses it"
)]

mod properties;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hub_core::connection::{
    CallKind, CloseReason, Connection, Event, PendingCalls, Phase, Settings,
};
use hub_core::protocol::{Call, HubProtocol};
use hub_core::{Close, Outcome, TransferFormat};

/// What both transports of the pair carry.
const FORMATS: &[TransferFormat] = &[TransferFormat::Text, TransferFormat::Binary];

/// One side with a driver as small as one can be.
pub(crate) struct End {
    pub(crate) machine: Connection,
    /// Received and not consumed.
    input: Vec<u8>,
    /// Written and not delivered.
    pub(crate) output: Vec<u8>,
    calls: PendingCalls<i64>,
    /// Every event in order, as short text.
    pub(crate) events: Vec<String>,
    /// How it ended. A second end would be a mistake of the machine.
    pub(crate) closed: Option<CloseReason>,
    /// Whether what it writes is lost, as in a network that fails silently.
    pub(crate) cut_off: bool,
    transport_ended: bool,
}

pub(crate) struct Pair {
    pub(crate) server: End,
    pub(crate) client: End,
    pub(crate) now: Instant,
    start: Instant,
    /// At most so many bytes are delivered at a time.
    pub(crate) chunk: usize,
}

impl Pair {
    pub(crate) fn new(protocol: &Arc<dyn HubProtocol>) -> Self {
        Self::with(protocol, Settings::default(), Settings::default())
    }

    pub(crate) fn with(
        protocol: &Arc<dyn HubProtocol>,
        server: Settings,
        client: Settings,
    ) -> Self {
        let offer: Arc<[Arc<dyn HubProtocol>]> = Arc::new([Arc::clone(protocol)]);
        Self::offering(offer, protocol, server, client)
    }

    pub(crate) fn offering(
        offer: Arc<[Arc<dyn HubProtocol>]>,
        protocol: &Arc<dyn HubProtocol>,
        server: Settings,
        client: Settings,
    ) -> Self {
        let now = Instant::now();
        let server = Connection::server(Arc::new(server), offer, FORMATS, now);
        let client = Connection::client(Arc::new(client), Arc::clone(protocol), now);
        Self {
            server: End::new(server),
            client: End::new(client),
            now,
            start: now,
            chunk: usize::MAX,
        }
    }

    /// A pair whose handshake is done.
    pub(crate) fn open(protocol: &Arc<dyn HubProtocol>) -> Self {
        let mut pair = Self::new(protocol);
        pair.settle();
        assert!(pair.is_open());
        pair
    }

    pub(crate) fn is_open(&self) -> bool {
        self.server.machine.phase() == Phase::Open && self.client.machine.phase() == Phase::Open
    }

    /// Since the pair was made.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Delivers everything that was sent, in both directions, until both are
    /// silent.
    pub(crate) fn settle(&mut self) {
        loop {
            let moved = self
                .client
                .deliver_to(&mut self.server, self.chunk, self.now)
                | self
                    .server
                    .deliver_to(&mut self.client, self.chunk, self.now);
            if !moved {
                return;
            }
        }
    }

    /// Makes both sides ready for stateful reconnect; before anything else.
    pub(crate) fn with_stateful_reconnect(mut self, buffer_limit: usize) -> Self {
        for side in [&mut self.server, &mut self.client] {
            side.machine.enable_stateful_reconnect(buffer_limit);
        }
        self
    }

    /// Loses the transport after it has delivered the first bytes of what each
    /// side wrote, and replaces it.
    pub(crate) fn replace_transport(&mut self, server_bytes: usize, client_bytes: usize) {
        let from_server = self.server.take_output(server_bytes);
        let from_client = self.client.take_output(client_bytes);
        self.client.receive(&from_server, self.now);
        self.server.receive(&from_client, self.now);
        for side in [&mut self.server, &mut self.client] {
            side.input.clear();
            side.output.clear();
            side.machine.handle_transport_lost();
        }
        for side in [&mut self.server, &mut self.client] {
            side.machine.handle_transport_resumed();
        }
    }

    /// Lets `time` pass, from deadline to deadline.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        while let Some(deadline) = self.next_deadline().filter(|&deadline| deadline <= end) {
            self.now = self.now.max(deadline);
            for side in [&mut self.server, &mut self.client] {
                if let Some(reason) = side.machine.handle_timeout(self.now) {
                    side.note_closed(reason);
                }
            }
            self.settle();
        }
        self.now = end;
    }

    fn next_deadline(&self) -> Option<Instant> {
        let deadlines = [&self.server, &self.client].map(|side| side.machine.poll_timeout());
        deadlines.into_iter().flatten().min()
    }
}

impl End {
    fn new(machine: Connection) -> Self {
        Self {
            machine,
            input: Vec::new(),
            output: Vec::new(),
            calls: PendingCalls::new(),
            events: Vec::new(),
            closed: None,
            cut_off: false,
            transport_ended: false,
        }
    }

    /// Asks the other side to add two numbers. Nothing before the handshake
    /// and after the end.
    pub(crate) fn call_add(&mut self, numbers: (i64, i64), now: Instant) {
        if self.machine.phase() != Phase::Open {
            return;
        }
        let id = self.calls.next_id();
        self.calls
            .insert(id, CallKind::Single, numbers.0 + numbers.1);
        let text = id.to_text();
        let call = Call::to("Add").with_invocation_id(&text);
        let mut record = Vec::new();
        let protocol = self.machine.protocol().unwrap();
        protocol
            .encode_invocation(&call, &numbers, &mut record)
            .unwrap();
        self.send(record, now);
    }

    fn send(&mut self, record: impl Into<Bytes>, now: Instant) {
        self.flush();
        let record = record.into();
        if self.machine.send_record(&record, now) {
            self.output.extend_from_slice(&record);
        }
    }

    pub(crate) fn close(&mut self) {
        self.machine.close(Close::default());
        self.closed.get_or_insert(CloseReason::Local);
    }

    /// Puts `bytes` on the wire as if the machine had written them.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.flush();
        self.output.extend_from_slice(bytes);
    }

    /// Calls that wait for their answer.
    pub(crate) fn waiting(&self) -> usize {
        self.calls.len()
    }

    /// Ends the transport from this side without a word.
    pub(crate) fn drop_transport(&mut self) {
        self.transport_ended = true;
        if let Some(reason) = self.machine.handle_end_of_input(&self.input) {
            self.note_closed(reason);
        }
    }

    /// Moves what this side has written. Returns whether anything happened.
    fn deliver_to(&mut self, other: &mut End, chunk: usize, now: Instant) -> bool {
        self.flush();
        let bytes = std::mem::take(&mut self.output);
        let mut moved = !bytes.is_empty();
        if !self.cut_off && !other.transport_ended {
            for part in bytes.chunks(chunk) {
                other.receive(part, now);
            }
        }
        if self.machine.phase() == Phase::Closed && !self.cut_off && !other.transport_ended {
            other.drop_transport();
            moved = true;
        }
        moved
    }

    /// What this side wrote, as far as it gets through.
    fn take_output(&mut self, len: usize) -> Vec<u8> {
        self.flush();
        self.output.truncate(len);
        std::mem::take(&mut self.output)
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.machine.poll_transmit() {
            self.output.extend_from_slice(&transmit.bytes);
        }
    }

    fn receive(&mut self, part: &[u8], now: Instant) {
        self.input.extend_from_slice(part);
        let received = std::mem::take(&mut self.input);
        let mut rest = &*received;
        while let Some(event) = self.machine.receive(&mut rest, now) {
            self.on_event(event, now);
        }
        self.input = rest.to_vec();
        if self.machine.phase() == Phase::Closed {
            assert!(
                self.input.is_empty(),
                "a closed machine consumes everything"
            );
        }
    }

    fn on_event(&mut self, event: Event<'_>, now: Instant) {
        match event {
            Event::Invocation(call) => {
                self.events.push(format!("call {}", call.target));
                let answer = call.arguments.bind::<(i64, i64)>();
                if let (Some(id), Ok((a, b))) = (&call.invocation_id, answer) {
                    let mut record = Vec::new();
                    let protocol = self.machine.protocol().unwrap();
                    protocol
                        .encode_result(id, &a.wrapping_add(b), &mut record)
                        .unwrap();
                    self.send(record, now);
                }
            }
            Event::Completion(completion) => {
                let Some((CallKind::Single, expected)) =
                    self.calls.remove(&completion.invocation_id)
                else {
                    return self.events.push("stray completion".into());
                };
                let Outcome::Value(value) = completion.outcome else {
                    return self.events.push("no value".into());
                };
                assert_eq!(value.decode::<i64>().unwrap(), expected);
                self.events.push(format!("result {expected}"));
            }
            Event::HandshakeCompleted => self.events.push("handshake".into()),
            Event::Closed(reason) => self.note_closed(reason),
            other => self.events.push(format!("{other:?}")),
        }
    }

    fn note_closed(&mut self, reason: CloseReason) {
        assert_eq!(self.closed, None, "a connection ends once");
        assert_eq!(self.machine.phase(), Phase::Closed);
        self.closed = Some(reason);
    }
}
