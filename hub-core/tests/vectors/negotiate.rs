//! Queries, answers, and what clients make of them.

use hub_core::negotiate::{
    AvailableTransport, NegotiateAnswer, NegotiateRequest, NegotiateResponse, TransportKind,
};
use protocol_spec::{NegotiateResult, Transport};

#[test]
fn queries_are_read() {
    for case in protocol_spec::negotiate().requests {
        let asked = NegotiateRequest::parse(
            case.negotiate_version.as_deref(),
            case.use_stateful_reconnect.as_deref(),
            case.minimum,
        );
        let body = |body: Vec<u8>| String::from_utf8(body).unwrap();
        let found = asked
            .map(|asked| (Some(asked.version), asked.stateful_reconnect))
            .map_err(|refusal| body(refusal.to_json()));
        let wanted = match case.refusal {
            None => Ok((case.version, case.stateful_reconnect)),
            Some(body) => Err(body),
        };
        assert_eq!(found, wanted, "{}", case.name);
    }
}

#[test]
fn answers_are_written() {
    for case in protocol_spec::negotiate().answers {
        let transports = case.transports.iter().map(|name| {
            TransportKind::ALL
                .iter()
                .copied()
                .find(|kind| kind.name() == name)
                .expect("a known transport")
        });
        let (id, token) = (
            case.connection_id.into(),
            case.connection_token.as_str().into(),
        );
        let body = NegotiateAnswer::new(case.version, &id, &token, transports)
            .with_stateful_reconnect(case.stateful_reconnect)
            .with_token_lifetime(case.token_lifetime_seconds)
            .to_json();
        assert_eq!(String::from_utf8(body).unwrap(), case.body, "{}", case.name);
    }
}

#[test]
fn responses_are_read() {
    for case in protocol_spec::negotiate().responses {
        let found = match NegotiateResponse::parse(case.body.as_bytes()) {
            Ok(NegotiateResponse::Accepted(accepted)) => NegotiateResult::Accepted {
                connection_id: accepted.connection_id.to_string(),
                connection_token: accepted.connection_token.expose().to_owned(),
                transports: accepted.transports.iter().map(transport).collect(),
                stateful_reconnect: accepted.stateful_reconnect,
            },
            Ok(NegotiateResponse::Redirect { url, access_token }) => {
                NegotiateResult::Redirect { url, access_token }
            }
            Ok(other) => panic!("{}: {other:?}", case.name),
            Err(error) => NegotiateResult::Error(error.to_string()),
        };
        assert_eq!(found, case.gives, "{}", case.name);
    }
}

#[test]
fn a_part_of_a_response_is_invalid() {
    for case in protocol_spec::negotiate().answers {
        for end in 0..case.body.len() {
            let part = NegotiateResponse::parse(&case.body.as_bytes()[..end]);
            assert!(part.is_err(), "{} at {end}", case.name);
        }
    }
}

fn transport(transport: &AvailableTransport) -> Transport {
    Transport {
        transport: transport.transport.to_string(),
        transfer_formats: transport
            .transfer_formats
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}
