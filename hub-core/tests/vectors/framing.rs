//! How records are told apart.

use hub_core::framing::{Next, binary, text};
use protocol_spec::{Cut, Cutting};

use crate::shown;

#[test]
fn records_end_with_a_separator() {
    for case in protocol_spec::framing().text {
        check(
            &case,
            Ok(text::next_record(&case.input, case.limit)),
            |record| record.len() + 1,
        );
    }
}

#[test]
fn records_begin_with_their_length() {
    for case in protocol_spec::framing().binary {
        let next = binary::next_record(&case.input, case.limit);
        check(&case, next, |record| {
            // A prefix may be longer than it needs to be.
            case.input
                .windows(record.len().max(1))
                .position(|window| window == record)
                .map_or(1, |at| at + record.len())
        });
    }
}

#[test]
fn lengths_are_written_as_short_as_they_can_be() {
    for case in protocol_spec::framing().prefixes {
        let (prefix, len) = binary::prefix(case.length);
        assert_eq!(prefix[..len], *case.prefix, "{}", case.name);
    }
}

fn check(
    case: &Cutting,
    found: Result<Next<'_>, hub_core::DecodeError>,
    consumed: impl Fn(&[u8]) -> usize,
) {
    let name = &case.name;
    match (&case.gives, found) {
        (
            Cut::Record(wanted),
            Ok(Next::Record {
                record,
                consumed: by,
            }),
        ) => {
            assert_eq!((record, by), (&**wanted, consumed(record)), "{name}");
        }
        (Cut::Incomplete, Ok(Next::Incomplete)) | (Cut::TooLong, Ok(Next::TooLong)) => {}
        (Cut::Error(wanted), Err(error)) => {
            assert_eq!(shown(&error), crate::expected(wanted, &error), "{name}");
        }
        (wanted, found) => panic!("{name}: {found:?} instead of {wanted:?}"),
    }
}
