//! MessagePack byte by byte: what clients of other makes are strict about.

use futures_util::{Stream, stream};
use hub_server::{AnyClient, HubCaller, HubError, Timestamp, hub};
use tests::{MessagePackClient, TestServer, framed};

struct Values;

#[hub(client = AnyClient)]
impl Values {
    async fn push(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        Ok(caller.clients().caller().send("Tick", (1,)).await?)
    }

    fn one(&self) -> impl Stream<Item = u8> + Send {
        stream::iter([1])
    }

    async fn nothing(&self) -> Option<u32> {
        None
    }

    async fn float(&self, value: f64) -> f64 {
        value
    }

    async fn time(&self, value: Timestamp) -> Timestamp {
        value
    }

    async fn text(&self, value: String) -> String {
        value
    }
}

/// `[kind, {}, id, method, [argument], []]`, or no argument at all.
fn call(kind: u8, id: u8, method: &str, argument: &[u8]) -> Vec<u8> {
    let mut body = vec![0x96, kind, 0x80, 0xa1, id];
    body.push(0xa0 | u8::try_from(method.len()).unwrap());
    body.extend_from_slice(method.as_bytes());
    body.push(if argument.is_empty() { 0x90 } else { 0x91 });
    body.extend_from_slice(argument);
    body.push(0x90);
    framed(&body)
}

#[tokio::test]
async fn headers_are_a_map_wherever_they_stand() {
    let (server, _) = TestServer::start(Values).await;
    let mut client = MessagePackClient::connect(&server).await;
    client.send(&call(1, b'6', "Push", &[])).await;
    let tick = b"\x0c\x96\x01\x80\xc0\xa4Tick\x91\x01\x90";
    assert_eq!(client.next().await, tick);
    client.next().await;
    client.send(&call(1, b'7', "Nothing", &[])).await;
    assert_eq!(client.next().await, b"\x07\x95\x03\x80\xa17\x03\xc0");
    client.send(&call(4, b'8', "One", &[])).await;
    assert_eq!(client.next().await, b"\x06\x94\x02\x80\xa18\x01");
    assert_eq!(client.next().await, b"\x06\x94\x03\x80\xa18\x02");
}

/// Calls `method` with a value that has to come back as it is.
async fn comes_back(client: &mut MessagePackClient, method: &str, value: &[u8]) {
    client.send(&call(1, b'1', method, value)).await;
    let expected = framed(&[b"\x95\x03\x80\xa11\x03", value].concat());
    assert_eq!(client.next().await, expected, "{value:02x?}");
}

#[tokio::test]
async fn values_keep_every_bit() {
    let (server, _) = TestServer::start(Values).await;
    let mut client = MessagePackClient::connect(&server).await;
    for float in [0.005, 1.0 / 3.0, -0.0, 0.0, 1.0, f64::MIN_POSITIVE] {
        let value = [&[0xcb][..], &f64::to_be_bytes(float)].concat();
        comes_back(&mut client, "Float", &value).await;
    }
    for time in [
        // Seconds; nanoseconds in 34 bits with them; both in full, before 1970.
        &b"\xd6\xff\x3c\xa9\x5b\xcf"[..],
        b"\xd7\xff\x1d\xcd\x65\x00\x3c\xa9\x5b\xcf",
        b"\xc7\x0c\xff\x00\x00\x00\x64\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        comes_back(&mut client, "Time", time).await;
    }
    let uuid = b"\xd9\x24f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    comes_back(&mut client, "Text", uuid).await;
}
