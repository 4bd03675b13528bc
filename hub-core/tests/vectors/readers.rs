//! What readers bear, pass over, and refuse.

use hub_core::HubMessage;
use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};
use protocol_spec::Protocol;

use crate::describe::describe;
use crate::{expected, shown};

fn readers() -> [(&'static dyn HubProtocol, Protocol); 2] {
    [
        (&JsonProtocol, protocol_spec::json()),
        (&MessagePackProtocol, protocol_spec::messagepack()),
    ]
}

#[test]
fn other_forms_of_messages_are_read() {
    for (protocol, cases) in readers() {
        for case in cases.read {
            let read = protocol.decode(&case.record);
            let read = read.map(|read| read.as_ref().map(describe));
            assert_eq!(read, Ok(Some(case.message)), "{}", case.name);
        }
    }
}

#[test]
fn unknown_types_are_passed_over() {
    for (protocol, cases) in readers() {
        for case in cases.skipped {
            assert_eq!(protocol.decode(&case.record), Ok(None), "{}", case.name);
        }
    }
}

#[test]
fn unfit_arguments_fail_the_call_and_not_the_record() {
    for (protocol, cases) in readers() {
        for case in cases.unfit {
            let Ok(Some(HubMessage::Invocation(call))) = protocol.decode(&case.record) else {
                panic!("{} is an invocation", case.name);
            };
            let failure = call.arguments.bind::<(String,)>().unwrap_err();
            assert_eq!(failure.to_string(), case.error, "{}", case.name);
        }
    }
}

#[test]
fn what_is_no_message_is_refused_in_the_words_of_the_reference() {
    for (protocol, cases) in readers() {
        for case in cases.rejected {
            let error = match protocol.decode(&case.record) {
                Err(error) => error,
                Ok(read) => panic!("{} was read as {read:?}", case.name),
            };
            let wanted = expected(&case.error, &error);
            assert_eq!(shown(&error), wanted, "{}", case.name);
        }
    }
}
