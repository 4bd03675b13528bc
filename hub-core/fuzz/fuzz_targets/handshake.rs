//! Any bytes as the records that come before hub messages: no panic, and what
//! is accepted is written so that it means the same.

#![no_main]

use hub_core::handshake::{HandshakeRequest, HandshakeResponse};
use hub_core::negotiate::NegotiateResponse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = HandshakeRequest::parse(bytes) {
        let record = request.to_record();
        let Some((0x1E, record)) = record.split_last() else {
            panic!("a record ends with its separator");
        };
        assert_eq!(HandshakeRequest::parse(record), Ok(request));
    }
    if let Ok(HandshakeResponse { error: Some(error) }) = HandshakeResponse::parse(bytes) {
        let record = HandshakeResponse::refused(&error);
        let again = HandshakeResponse::parse(&record[..record.len() - 1]);
        assert_eq!(again, Ok(HandshakeResponse { error: Some(error) }));
    }
    let _ = NegotiateResponse::parse(bytes);
});
