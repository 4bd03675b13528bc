//! Any bytes as MessagePack records: no panic, no hang, no deep recursion, and
//! what is accepted can be written and read again.

#![no_main]

use hub_core::protocol::{HubProtocol, MessagePackProtocol};
use hub_core::{HubMessage, Next};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Next::Record { record, consumed }) = MessagePackProtocol.next_record(rest, 32_768)
    {
        check(record);
        rest = &rest[consumed..];
    }
    check(bytes);
});

fn check(record: &[u8]) {
    let Ok(Some(message)) = MessagePackProtocol.decode(record) else {
        return;
    };
    let fits = match &message {
        HubMessage::Invocation(call) => {
            let _ = call.arguments.bind::<(String, i64)>();
            is_value(call.arguments.as_encoded())
        }
        HubMessage::StreamInvocation(call) => is_value(call.arguments.as_encoded()),
        HubMessage::StreamItem(item) => is_value(&item.item),
        _ => true,
    };
    // Unfit arguments are passed on as they are and break whatever they are in.
    if !fits {
        return;
    }
    let mut again = Vec::new();
    MessagePackProtocol.encode(&message, &mut again).unwrap();
    let Ok(Next::Record { record, .. }) = MessagePackProtocol.next_record(&again, usize::MAX)
    else {
        panic!("a record of our own");
    };
    assert_eq!(
        MessagePackProtocol.decode(record),
        Ok(Some(message.clone()))
    );
}

fn is_value(value: &hub_core::EncodedValue<'_>) -> bool {
    value.decode::<serde::de::IgnoredAny>().is_ok()
}
