//! Methods that return their argument, one for each type.

use std::collections::BTreeMap;

use hub_server::Timestamp;

use super::Methods;
use crate::values::{ByteArray, Color, Guid, Thing};

pub(super) fn register(methods: Methods) -> Methods {
    methods
        .method("EchoInt", |value: i32| async move { value })
        .method("EchoByte", |value: u8| async move { value })
        .method("EchoLong", |value: i64| async move { value })
        .method("EchoUInt", |value: u32| async move { value })
        .method("EchoFloat", |value: f32| async move { value })
        .method("EchoDouble", |value: f64| async move { value })
        .method("EchoBool", |value: bool| async move { value })
        .method("EchoDateTime", |value: Timestamp| async move { value })
        .method("EchoGuid", |value: Guid| async move { value })
        .method("EchoBytes", |value: Option<ByteArray>| async move { value })
        .method("EchoColor", |value: Color| async move { value })
        .method("EchoOptionalInt", |value: Option<i32>| async move { value })
        .method("EchoInts", |value: Option<Vec<i32>>| async move { value })
        .method(
            "EchoStrings",
            |value: Vec<Option<String>>| async move { value },
        )
        .method("EchoNested", |value: Vec<Vec<i32>>| async move { value })
        .method(
            "EchoMap",
            |value: BTreeMap<String, i32>| async move { value },
        )
        .method("EchoThing", |value: Option<Thing>| async move { value })
        .method("EchoThings", |value: Vec<Thing>| async move { value })
        .method("EchoAny", |value: rmpv::Value| async move { value })
}
