//! Any bytes as JSON records: no panic, nothing accepted that is no JSON, and
//! what is accepted keeps its meaning when it is written again.

#![no_main]

use hub_core::protocol::{HubProtocol, JsonProtocol};
use hub_core::{HubMessage, Next};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Next::Record { record, consumed }) = JsonProtocol.next_record(rest, 32_768) {
        check(record);
        rest = &rest[consumed..];
    }
    check(bytes);
});

fn check(record: &[u8]) {
    let Ok(Some(message)) = JsonProtocol.decode(record) else {
        return;
    };
    if let HubMessage::StreamItem(item) = &message {
        // Text in values is checked where the value is decoded, syntax here.
        let ignored = serde_json::from_slice::<serde::de::IgnoredAny>(item.item.as_bytes());
        assert!(ignored.is_ok(), "an item that is no JSON");
    }
    let once = written(&message);
    let again = JsonProtocol.decode(&once).unwrap().unwrap();
    assert_eq!(written(&again), once);
}

fn written(message: &HubMessage<'_>) -> Vec<u8> {
    let mut record = Vec::new();
    JsonProtocol.encode(message, &mut record).unwrap();
    record.pop();
    record
}
