//! Each protocol against messages written out by hand.

use super::*;

fn events(p: Proto, open: bool, msg: &[u8]) -> (Vec<String>, Vec<u8>, Result<(), String>) {
    let (mut seen, mut reply) = (Vec::new(), Vec::new());
    let r = p.read(open, msg, &mut reply, |e| {
        seen.push(match e {
            Event::Completion { id, text } => {
                format!("done {id} {}", String::from_utf8_lossy(text))
            }
            Event::CallError { id, error } => {
                format!("fail {id} {}", String::from_utf8_lossy(error))
            }
            Event::Push(t) => format!("push {}", String::from_utf8_lossy(t)),
            Event::Item { id, value } => format!("item {id} {value}"),
            other => format!("{other:?}"),
        });
    });
    (seen, reply, r)
}

#[test]
fn signalr_json() {
    let p = Proto::SignalrJson;
    let mut out = Vec::new();
    p.call(&mut out, Some(7), Method::Echo, &[Arg::Str(b"hi")]);
    assert_eq!(
        out,
        b"{\"type\":1,\"invocationId\":\"7\",\"target\":\"Echo\",\"arguments\":[\"hi\"]}\x1e"
    );
    out.clear();
    p.call(&mut out, None, Method::Add, &[Arg::Int(1), Arg::Int(-2)]);
    assert_eq!(
        out,
        b"{\"type\":1,\"target\":\"Add\",\"arguments\":[1,-2]}\x1e"
    );
    assert_eq!(events(p, false, b"{}\x1e").0, ["Ready"]);
    assert!(events(p, false, b"{\"error\":\"no\"}\x1e").2.is_err());
    assert_eq!(
        events(
            p,
            false,
            b"{}\x1e{\"type\":6}\x1e{\"type\":3,\"invocationId\":\"1\",\"result\":3}\x1e"
        )
        .0,
        ["Ready", "done 1 3"]
    );
    let many = b"{\"type\":1,\"target\":\"Message\",\"arguments\":[\"a\"]}\x1e{\"invocationId\":\"5\",\"error\":\"bad\",\"type\":3}\x1e{\"type\":2,\"invocationId\":\"1\",\"item\":4}\x1e";
    assert_eq!(
        events(p, true, many).0,
        ["push a", "fail 5 \"bad\"", "item 1 4"]
    );
    assert!(events(p, true, b"{\"type\":6}").2.is_err());
}

#[test]
fn signalr_msgpack() {
    let p = Proto::SignalrMsgpack;
    let mut out = Vec::new();
    p.call(&mut out, Some(12), Method::Echo, &[Arg::Str(b"hi")]);
    assert_eq!(out, b"\x10\x96\x01\x80\xa212\xa4Echo\x91\xa2hi\x90");
    // [3, {}, "12", 3, "hi"] [3, {}, "13", 3, 300] [3, {}, "14", 2] [3, {}, "15", 1, "bad"] [1, {}, nil, "Message", ["m"], []] [2, {}, "9", 5]
    let msg = b"\x0a\x95\x03\x80\xa212\x03\xa2hi\x0a\x95\x03\x80\xa213\x03\xcd\x01\x2c\x07\x94\x03\x80\xa214\x02\x0b\x95\x03\x80\xa215\x01\xa3bad\x10\x96\x01\x80\xc0\xa7Message\x91\xa1m\x90\x06\x94\x02\x80\xa19\x05\x02\x91\x06";
    let (seen, _, r) = events(p, true, msg);
    assert_eq!(r, Ok(()));
    assert_eq!(
        seen,
        [
            "done 12 hi",
            "done 13 300",
            "done 14 ",
            "fail 15 bad",
            "push m",
            "item 9 5"
        ]
    );
    assert!(events(p, true, b"\x20\x95").2.is_err());
}

#[test]
fn socket_io() {
    let p = Proto::SocketIo;
    let mut out = Vec::new();
    p.call(&mut out, Some(3), Method::Echo, &[Arg::Str(b"hi")]);
    assert_eq!(out, b"423[\"echo\",\"hi\"]");
    assert_eq!(events(p, false, b"0{\"sid\":\"x\"}").1, b"40");
    assert_eq!(events(p, false, b"40{\"sid\":\"y\"}").0, ["Ready"]);
    assert_eq!(events(p, true, b"433[\"hi\"]").0, ["done 3 hi"]);
    assert_eq!(events(p, true, b"42[\"message\",\"m\"]").0, ["push m"]);
    assert_eq!(events(p, true, b"2").1, b"3");
    assert!(events(p, true, b"9").2.is_err());
}
