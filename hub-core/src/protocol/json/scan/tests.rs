use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn accepts(text: &str) -> bool {
    let mut scanner = Scanner::new(text.as_bytes());
    scanner.skip(0).is_ok() && scanner.peek().is_err()
}

#[test]
fn what_is_json_passes() {
    for text in [
        "1",
        "-0.5e+3",
        "\"a\\u0041\\n\"",
        "[1,[],{}]",
        "{\"a\":{\"b\":[null]}}",
        " true ",
    ] {
        assert!(accepts(text), "{text}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        "01",
        "1.",
        ".5",
        "-",
        "1e",
        "+1",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":1,}",
        "tru",
        "\"\\x\"",
        "\"\\u12\"",
        "\"a",
        "\"\t\"",
        "[1}",
        "{\"a\":1]",
        "nulll",
    ] {
        assert!(!accepts(text), "{text}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(accepts(&nested(64)));
    assert!(!accepts(&nested(65)));
}

#[test]
fn arguments_may_have_commas_too_many() {
    for text in ["[1,]", "[,1]", "[1,,2]", "[,]"] {
        let mut scanner = Scanner::new(text.as_bytes());
        assert_eq!(scanner.raw_arguments(1).unwrap(), text.as_bytes());
    }
    assert!(Scanner::new(b"[[1,]]").raw_arguments(1).is_err());
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn words_find_what_bytes_find(text: Vec<u8>) {
        let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
        let expected = text.iter().position(special).unwrap_or(text.len());
        prop_assert_eq!(plain_len(&text), expected);
    }

    #[test]
    fn whatever_serde_json_writes_passes(value in arbitrary_json()) {
        prop_assert!(accepts(&value.to_string()));
    }

    #[test]
    fn one_character_changes_the_mind_of_both(
        value in arbitrary_json(),
        at: prop::sample::Index,
        character in "[\\[\\]{}:,\"0-9.eE+\\-ntu\\x00-\\x20\\\\]",
    ) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len());
        text[at] = character.chars().next().unwrap();
        let text: String = text.into_iter().collect();
        prop_assert_eq!(accepts(&text), serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
    }

    #[test]
    fn it_accepts_what_serde_json_accepts(text in "[\\[\\]{}:,\"a0-9.eE+\\-ntruefals \\\\]{0,24}") {
        prop_assert_eq!(accepts(&text), serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
    }
}
