//! A text protocol that counts how much it searches for ends of records.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::protocol::Call;
use crate::{DecodeError, EncodeArguments, EncodeError, EncodeValue, Encoding, HubMessage, Next};

#[derive(Debug)]
struct Counting {
    inner: Arc<dyn HubProtocol>,
    searched: AtomicUsize,
}

impl HubProtocol for Counting {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn transfer_format(&self) -> TransferFormat {
        self.inner.transfer_format()
    }

    fn encoding(&self) -> Encoding {
        self.inner.encoding()
    }

    fn next_record<'a>(&self, input: &'a [u8], limit: usize) -> Result<Next<'a>, DecodeError> {
        self.searched.fetch_add(input.len(), Ordering::Relaxed);
        self.inner.next_record(input, limit)
    }

    fn may_complete(&self, fresh: &[u8]) -> bool {
        self.searched.fetch_add(fresh.len(), Ordering::Relaxed);
        fresh.contains(&crate::framing::text::RECORD_SEPARATOR)
    }

    fn decode<'a>(&self, record: &'a [u8]) -> Result<Option<HubMessage<'a>>, DecodeError> {
        self.inner.decode(record)
    }

    fn encode(&self, message: &HubMessage<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.inner.encode(message, out)
    }

    fn encode_invocation(
        &self,
        call: &Call<'_>,
        arguments: &dyn EncodeArguments,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.inner.encode_invocation(call, arguments, out)
    }

    fn encode_stream_item(
        &self,
        invocation_id: &str,
        item: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.inner.encode_stream_item(invocation_id, item, out)
    }

    fn encode_result(
        &self,
        invocation_id: &str,
        result: &dyn EncodeValue,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.inner.encode_result(invocation_id, result, out)
    }
}

fn open_server(max_message_size: usize) -> (Side, Arc<Counting>) {
    let protocol = Arc::new(Counting {
        inner: json(),
        searched: AtomicUsize::new(0),
    });
    let settings = Settings {
        max_message_size,
        ..Settings::default()
    };
    let now = Instant::now();
    let offer: Arc<[Arc<dyn HubProtocol>]> = Arc::new([protocol.clone()]);
    let mut machine = Connection::server(Arc::new(settings), offer, BOTH, now);
    machine.enable_stateful_reconnect(0);
    let mut server = Side { machine, now };
    let request = "{\"protocol\":\"json\",\"version\":2}\x1e";
    assert_eq!(server.receive(request), ["HandshakeCompleted"]);
    server.sent();
    (server, protocol)
}

fn call_of(len: usize) -> String {
    let call = "{\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e";
    format!("{}{call}", " ".repeat(len - call.len()))
}

#[test]
fn a_long_message_is_not_searched_again_with_every_piece() {
    let (mut server, protocol) = open_server(usize::MAX);
    let message = call_of(100_000);
    for end in (1..message.len()).step_by(100) {
        let mut input = &message.as_bytes()[..end];
        assert!(server.receive_from(&mut input).is_empty());
    }
    assert_eq!(server.receive(&message), ["Invocation A"]);
    let searched = protocol.searched.load(Ordering::Relaxed);
    assert!(searched < 3 * message.len(), "searched {searched} bytes");
}

/// A whole short message and a piece of another, 160 bytes together.
fn short_and_piece() -> Vec<u8> {
    [call_of(60).as_bytes(), &call_of(200).as_bytes()[..100]].concat()
}

#[test]
fn a_short_message_behind_a_long_one_is_found() {
    let (mut server, _) = open_server(usize::MAX);
    let long = call_of(200).into_bytes();
    server.receive_from(&mut &long[..150]);
    let mut input = &*[long, short_and_piece()].concat();
    let events = server.receive_from(&mut input);
    assert_eq!(events, ["Invocation A", "Invocation A"]);
    assert_eq!(input.len(), 100);
}

#[test]
fn a_piece_of_a_lost_transport_does_not_count_for_the_next() {
    let (mut server, _) = open_server(usize::MAX);
    server.receive_from(&mut &call_of(200).as_bytes()[..150]);
    assert!(server.machine.handle_transport_lost());
    server.machine.handle_transport_resumed();
    let events = server.receive_from(&mut &*short_and_piece());
    assert_eq!(events, ["Invocation A"]);
}

#[test]
fn pieces_of_a_message_over_the_limit_are_refused() {
    let (mut server, _) = open_server(100);
    let message = call_of(200);
    server.receive_from(&mut &message.as_bytes()[..100]);
    assert_eq!(
        server.receive_close(&message.as_bytes()[..101]),
        CloseReason::MessageTooLarge { limit: 100 }
    );
}
