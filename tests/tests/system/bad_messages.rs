//! Messages that break the protocol end their connection; calls that do not fit
//! fail alone. Nobody else notices either.

use hub_server::{HubOptions, hub};
use serde_json::{Value, json};
use tests::{Ending, MessagePackClient, RawClient, TestServer, framed, stream_call};

use crate::{closed_because, detailed, failure, result};

struct Adder;

#[hub]
impl Adder {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    fn counter(&self, to: u32) -> impl futures_util::Stream<Item = u32> + Send {
        futures_util::stream::iter(0..to)
    }
}

const GENERIC: &str = "Connection closed with an error.";

/// Sends `record` and expects the connection, and only it, to end with a reason.
async fn fatal(server: &TestServer, record: &str, detail: &str) {
    let mut neighbour = RawClient::connect(server).await;
    let mut client = RawClient::connect(server).await;
    client.send_text(record).await;
    assert_eq!(client.next().await, closed_because(detail), "{record}");
    assert_eq!(client.ending().await, Ending::Closed(1000), "{record}");
    assert_eq!(neighbour.invoke("Add", json!([1, 2])).await, 3);
    neighbour.close().await;
}

#[tokio::test]
async fn malformed_json_ends_the_connection_in_the_words_of_the_reference() {
    let (server, context) = TestServer::start_with(Adder, detailed()).await;
    for (record, detail) in [
        ("", "Error reading JSON."),
        ("{", "Error reading JSON."),
        (r#"{"type":1"#, "Error reading JSON."),
        (r#"{"type":6,}"#, "Error reading JSON."),
        ("hello", "Error reading JSON."),
        (
            r#"{"type":1,"target":"Add","arguments":[1,}"#,
            "Error reading JSON.",
        ),
        (
            "[]",
            "Unexpected JSON Token Type 'Array'. Expected a JSON Object.",
        ),
        ("{}", "Missing required property 'type'."),
        (r#"{"type":"1"}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":1}"#, "Missing required property 'target'."),
        (
            r#"{"type":1,"target":"Add"}"#,
            "Missing required property 'arguments'.",
        ),
        (
            r#"{"type":1,"target":null,"arguments":[]}"#,
            "Expected 'target' to be of type String.",
        ),
        (
            r#"{"type":1,"target":"Add","arguments":{}}"#,
            "Expected 'arguments' to be of type Array.",
        ),
        (
            r#"{"type":1,"invocationId":7,"target":"Add","arguments":[1,2]}"#,
            "Expected 'invocationId' to be of type String.",
        ),
        (
            r#"{"type":1,"target":"Add","arguments":[1,2],"streamIds":[null]}"#,
            "Null value for 'streamIds' is not valid.",
        ),
        (
            r#"{"type":1,"target":"Add","arguments":[1,2],"headers":{"a":1}}"#,
            "Expected header 'a' to be of type String.",
        ),
        (
            r#"{"type":4,"target":"Counter","arguments":[1]}"#,
            "Missing required property 'invocationId'.",
        ),
        (
            r#"{"type":2,"invocationId":"1"}"#,
            "Missing required property 'item'.",
        ),
        (
            r#"{"type":3,"invocationId":"1","result":1,"error":"x"}"#,
            "The 'error' and 'result' properties are mutually exclusive.",
        ),
        (r#"{"type":5}"#, "Missing required property 'invocationId'."),
    ] {
        let detail = format!("InvalidDataException: {detail}");
        fatal(&server, record, &detail).await;
    }
    tests::eventually(|| context.connection_count() == 0).await;
}

#[tokio::test]
async fn the_reason_stays_with_the_server_by_default() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    client.send_text("{").await;
    let expected = json!({"type": 7, "error": GENERIC, "allowReconnect": true});
    assert_eq!(client.next().await, expected);
    assert_eq!(client.ending().await, Ending::Closed(1000));
}

#[tokio::test]
async fn nesting_has_a_limit() {
    let (server, _) = TestServer::start_with(Adder, detailed()).await;
    let deep = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"type":6,"unknown":{open}{close}}}"#)
    };
    let mut client = RawClient::connect(&server).await;
    client.send_text(&deep(63)).await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
    fatal(
        &server,
        &deep(64),
        "InvalidDataException: Error reading JSON.",
    )
    .await;
    fatal(
        &server,
        &deep(15_000),
        "InvalidDataException: Error reading JSON.",
    )
    .await;
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_connection() {
    let (server, _) = TestServer::start_with(Adder, detailed()).await;
    let padded = |length: usize| {
        let record = r#"{"type":6,"x":""}"#;
        let fill = "x".repeat(length - record.len() - 1);
        record.replace("\"\"", &format!("\"{fill}\""))
    };
    let mut client = RawClient::connect(&server).await;
    client.send_text(&padded(32_768)).await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
    let exceeded = "InvalidDataException: The maximum message size of 32768B was exceeded. The \
                    message size can be configured in AddHubOptions.";
    fatal(&server, &padded(32_769), exceeded).await;
    // Without an end it is as much over the limit.
    client.try_send_raw("x".repeat(32_769).into()).await;
    assert_eq!(client.next().await, closed_because(exceeded));
    assert_eq!(client.ending().await, Ending::Closed(1000));
}

#[tokio::test]
async fn the_size_limit_is_for_each_message_and_not_for_many() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    let ping = json!({"type": 6, "fill": "x".repeat(1_000)});
    client.send_all(vec![ping; 200]).await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn a_size_limit_can_be_lifted() {
    let options = HubOptions::new().maximum_receive_message_size(None);
    let (server, _) = TestServer::start_with(Adder, options).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send(json!({"type": 6, "fill": "x".repeat(1_000_000)}))
        .await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn unknown_types_and_strange_answers_are_ignored() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    for record in [
        json!({"type": 99}),
        json!({"type": -1, "target": ""}),
        json!({"type": 2, "invocationId": "no such stream", "item": 1}),
        json!({"type": 3, "invocationId": "s1", "result": 1}),
        json!({"type": 3, "invocationId": "s1", "error": "x"}),
        json!({"type": 5, "invocationId": "no such call"}),
        json!({"type": 8, "sequenceId": 7}),
        json!({"type": 9, "sequenceId": 7}),
        json!({"type": 6, "unknown": [{"a": null}]}),
    ] {
        client.send(record.clone()).await;
        assert_eq!(client.invoke("Add", json!([1, 2])).await, 3, "{record}");
    }
}

/// Calls `target` and expects `error`, on a connection that goes on.
async fn fails(client: &mut RawClient, target: &str, arguments: Value, error: &str) {
    let answer = client.call("1", target, arguments).await;
    assert_eq!(answer, failure("1", error));
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}

#[tokio::test]
async fn a_call_of_no_method_fails() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    for target in ["", "Subtract", "add2", "Add ", "on_connected", "ADD\u{0}"] {
        let error = format!(
            "Failed to invoke '{target}' due to an error on the server. HubException: Method \
             does not exist."
        );
        fails(&mut client, target, json!([1, 2]), &error).await;
        client.send(stream_call("2", target, json!([]))).await;
        assert_eq!(client.next().await, failure("2", &error));
    }
}

#[tokio::test]
async fn arguments_that_do_not_fit_fail_the_call() {
    let (server, _) = TestServer::start_with(Adder, detailed()).await;
    let mut client = RawClient::connect(&server).await;
    let base = "Failed to invoke 'Add' due to an error on the server. InvalidDataException:";
    let count = |sent: usize| {
        format!("{base} Invocation provides {sent} argument(s) but target expects 2.")
    };
    let wrong = format!(
        "{base} Error binding arguments. Make sure that the types of the provided values match \
         the types of the hub method being invoked."
    );
    for (arguments, error) in [
        (json!([]), count(0)),
        (json!([1]), count(1)),
        (json!([1, 2, 3]), count(3)),
        (json!(["1", 2]), wrong.clone()),
        (json!([1, null]), wrong.clone()),
        (json!([1, 2.5]), wrong.clone()),
        (json!([[1], {}]), wrong),
    ] {
        fails(&mut client, "add", arguments, &error).await;
    }
}

#[tokio::test]
async fn the_wrong_kind_of_call_fails() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    let error = "The client attempted to invoke the streaming 'Counter' method with a \
                 non-streaming invocation.";
    fails(&mut client, "Counter", json!([1]), error).await;
    client.send(stream_call("2", "Add", json!([1, 2]))).await;
    let error = "The client attempted to invoke the non-streaming 'Add' method with a streaming \
                 invocation.";
    assert_eq!(client.next().await, failure("2", error));
}

#[tokio::test]
async fn calls_that_want_no_answer_get_none() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    for (target, arguments) in [
        ("Add", json!([1, 2])),
        ("Add", json!([])),
        ("Subtract", json!([])),
        ("Counter", json!([1])),
    ] {
        client
            .send(json!({"type": 1, "target": target, "arguments": arguments}))
            .await;
        client
            .send(json!({"type": 1, "invocationId": "", "target": target, "arguments": []}))
            .await;
    }
    assert_eq!(client.call("1", "Add", json!([1, 2])).await, result("1", 3));
}

/// `Add(1, 2)` as invocation `7`.
const ADD: &[u8] = b"\x96\x01\x80\xa17\xa3Add\x92\x01\x02\x90";
const THREE: &[u8] = b"\x95\x03\x80\xa17\x03\x03";

#[tokio::test]
async fn malformed_messagepack_ends_the_connection() {
    let (server, context) = TestServer::start_with(Adder, detailed()).await;
    let mut neighbour = MessagePackClient::connect(&server).await;
    for (bytes, detail) in [
        (
            framed(b""),
            "EndOfStreamException: Attempted to read past the end of the stream.",
        ),
        (
            b"\xff\xff\xff\xff\xff".to_vec(),
            "FormatException: Messages over 2GB in size are not supported.",
        ),
        (
            framed(b"\xa1x"),
            "MessagePackSerializationException: Unexpected msgpack code 161 (fixstr) encountered.",
        ),
        (
            framed(b"\x91\xa1x"),
            "InvalidDataException: Reading 'messageType' as Int32 failed.",
        ),
        (
            framed(b"\x95\x01\xc0\xa17\xa3Add\x92\x01\x02"),
            "InvalidDataException: Reading map length for 'headers' failed.",
        ),
        (
            framed(b"\x95\x01\x80\x07\xa3Add\x92\x01\x02"),
            "InvalidDataException: Reading 'invocationId' as String failed.",
        ),
        (
            framed(b"\x95\x03\x80\xa17\x09\x01"),
            "InvalidDataException: Invalid invocation result kind.",
        ),
    ] {
        let mut client = MessagePackClient::connect(&server).await;
        client.send(&bytes).await;
        let text = format!("{GENERIC} {detail}");
        let close = client.next().await;
        let at = close.len() - text.len() - 1;
        let told = String::from_utf8_lossy(&close[at..close.len() - 1]);
        assert_eq!((told, close[close.len() - 1]), (text.into(), 0xc3));
        assert_eq!(client.ending().await, Ending::Closed(1000), "{bytes:x?}");
        neighbour.send(&framed(ADD)).await;
        assert_eq!(neighbour.next().await, framed(THREE));
    }
    tests::eventually(|| context.connection_count() == 1).await;
}

#[tokio::test]
async fn messagepack_calls_that_do_not_fit_fail_alone() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = MessagePackClient::connect(&server).await;
    let base = "Failed to invoke 'Add' due to an error on the server.";
    let unknown = "Failed to invoke 'No' due to an error on the server. HubException: Method \
                   does not exist.";
    for (call, error) in [
        (&b"\x96\x01\x80\xa17\xa3Add\x91\x01\x90"[..], base),
        (b"\x96\x01\x80\xa17\xa3Add\x92\x01\xa1x\x90", base),
        (b"\x96\x01\x80\xa17\xa3Add\x92\x01\xc0\x90", base),
        (b"\x96\x01\x80\xa17\xa3Add\xc0\x90", base),
        // An array that promises four thousand million arguments.
        (b"\x96\x01\x80\xa17\xa3Add\xdd\xff\xff\xff\xff\x90", base),
        (b"\x96\x01\x80\xa17\xa2No\x90\x90", unknown),
    ] {
        client.send(&framed(call)).await;
        let answer = client.next().await;
        assert!(answer.ends_with(error.as_bytes()), "{call:x?}: {answer:x?}");
        client.send(&framed(ADD)).await;
        assert_eq!(client.next().await, framed(THREE));
    }
}

#[tokio::test]
async fn messages_may_come_in_pieces_or_together() {
    let (server, _) = TestServer::start(Adder).await;
    let mut client = MessagePackClient::connect(&server).await;
    let call = framed(ADD);
    for byte in &call {
        client.send(&[*byte]).await;
    }
    assert_eq!(client.next().await, framed(THREE));
    client.send(&call.repeat(3)).await;
    for _ in 0..3 {
        assert_eq!(client.next().await, framed(THREE));
    }
}

#[tokio::test]
async fn half_a_message_at_the_end_is_not_carried_out() {
    let (server, context) = TestServer::start(Adder).await;
    let mut client = RawClient::connect(&server).await;
    client
        .send_raw("{\"type\":1,\"target\":\"Add\"".into())
        .await;
    drop(client);
    tests::eventually(|| context.connection_count() == 0).await;
    let mut client = RawClient::connect(&server).await;
    assert_eq!(client.invoke("Add", json!([1, 2])).await, 3);
}
