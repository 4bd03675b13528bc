use super::*;

/// A call that is `len` bytes long with its framing.
fn call_of(len: usize) -> String {
    let call = "{\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e";
    format!("{}{call}", " ".repeat(len - call.len()))
}

fn limited(max_message_size: usize) -> Settings {
    Settings {
        max_message_size,
        ..Settings::default()
    }
}

#[test]
fn a_server_passes_on_every_kind_of_request() {
    let mut server = Side::open_server(Settings::default());
    let input = "{\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e\
                 {\"type\":2,\"invocationId\":\"2\",\"item\":1}\x1e\
                 {\"type\":3,\"invocationId\":\"3\"}\x1e\
                 {\"type\":4,\"invocationId\":\"4\",\"target\":\"D\",\"arguments\":[]}\x1e\
                 {\"type\":5,\"invocationId\":\"5\"}\x1e";
    assert_eq!(
        server.receive(input),
        [
            "Invocation A",
            "StreamItem 2",
            "Completion 3",
            "StreamInvocation D",
            "CancelInvocation 5"
        ]
    );
}

#[test]
fn a_client_skips_what_servers_never_ask_for() {
    let mut client = Side::open_client(Settings::default());
    let input = "{\"type\":4,\"invocationId\":\"4\",\"target\":\"D\",\"arguments\":[]}\x1e\
                 {\"type\":5,\"invocationId\":\"5\"}\x1e\
                 {\"type\":1,\"target\":\"A\",\"arguments\":[]}\x1e";
    assert_eq!(client.receive(input), ["Invocation A"]);
}

#[test]
fn pings_acks_and_unknown_types_are_silent() {
    let mut server = Side::open_server(Settings::default());
    let input = "{\"type\":6}\x1e{\"type\":8,\"sequenceId\":1}\x1e\
                 {\"type\":9,\"sequenceId\":99}\x1e{\"type\":10}\x1e{\"type\":-1}\x1e";
    assert!(server.receive(input).is_empty());
    assert!(server.sent().is_empty());
}

#[test]
fn a_message_split_anywhere_is_received_once() {
    let message = call_of(60).into_bytes();
    for cut in 0..message.len() {
        let mut server = Side::open_server(Settings::default());
        let mut input = &message[..cut];
        assert!(server.receive_from(&mut input).is_empty(), "cut at {cut}");
        assert_eq!(input.len(), cut, "nothing is consumed");
        assert_eq!(server.receive(&message), ["Invocation A"]);
    }
}

#[test]
fn a_message_of_the_limit_passes_and_one_more_byte_does_not() {
    let mut server = Side::open_server(limited(100));
    assert_eq!(server.receive(call_of(100)), ["Invocation A"]);
    assert_eq!(
        server.receive_close(call_of(101)),
        CloseReason::MessageTooLarge { limit: 100 }
    );
}

#[test]
fn a_message_is_refused_before_it_is_complete() {
    let mut server = Side::open_server(limited(100));
    assert_eq!(
        server.receive_close(&call_of(102).as_bytes()[..101]),
        CloseReason::MessageTooLarge { limit: 100 }
    );
}

#[test]
fn many_small_messages_may_be_longer_than_the_limit_together() {
    let mut server = Side::open_server(limited(50));
    assert_eq!(server.receive(call_of(50).repeat(3)).len(), 3);
}

#[test]
fn without_a_limit_any_message_passes() {
    let mut server = Side::open_server(limited(usize::MAX));
    assert_eq!(server.receive(call_of(1 << 20)), ["Invocation A"]);
}

#[test]
fn a_connection_is_small() {
    let size = size_of::<Connection>();
    assert!(size <= 200, "{size} bytes");
}
