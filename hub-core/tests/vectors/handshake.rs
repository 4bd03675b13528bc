//! Requests and responses of the handshake.

use hub_core::handshake::{HandshakeRequest, HandshakeResponse};

use crate::{expected, shown};

#[test]
fn requests_are_read_and_written() {
    for case in protocol_spec::handshake().requests {
        let request = HandshakeRequest {
            protocol: case.protocol,
            version: case.version,
        };
        if case.written {
            let record = [&*case.record, b"\x1e"].concat();
            assert_eq!(request.to_record(), record, "{}", case.name);
        }
        assert_eq!(
            HandshakeRequest::parse(&case.record),
            Ok(request),
            "{}",
            case.name
        );
    }
}

#[test]
fn other_records_are_no_requests() {
    for case in protocol_spec::handshake().refused_requests {
        let error = HandshakeRequest::parse(&case.record).expect_err(&case.name);
        assert_eq!(
            shown(&error),
            expected(&case.error, &error),
            "{}",
            case.name
        );
    }
}

#[test]
fn responses_are_read_and_written() {
    for case in protocol_spec::handshake().responses {
        if case.written {
            let record = match &case.error {
                None => HandshakeResponse::accepted(),
                Some(error) => HandshakeResponse::refused(error),
            };
            assert_eq!(record, [&*case.record, b"\x1e"].concat(), "{}", case.name);
        }
        let response = HandshakeResponse { error: case.error };
        assert_eq!(
            HandshakeResponse::parse(&case.record),
            Ok(response),
            "{}",
            case.name
        );
    }
}

#[test]
fn other_records_are_no_responses() {
    for case in protocol_spec::handshake().refused_responses {
        let error = HandshakeResponse::parse(&case.record).expect_err(&case.name);
        assert_eq!(
            shown(&error),
            expected(&case.error, &error),
            "{}",
            case.name
        );
    }
}

#[test]
fn a_part_of_a_record_is_refused() {
    let cases = protocol_spec::handshake();
    for case in cases.requests.iter().filter(|case| case.written) {
        for end in 0..case.record.len() {
            assert!(
                HandshakeRequest::parse(&case.record[..end]).is_err(),
                "{}",
                case.name
            );
        }
    }
    for case in cases.responses.iter().filter(|case| case.written) {
        for end in 0..case.record.len() {
            assert!(
                HandshakeResponse::parse(&case.record[..end]).is_err(),
                "{}",
                case.name
            );
        }
    }
}
