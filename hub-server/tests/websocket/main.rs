//! The raw WebSocket layer, with tungstenite at the other end.

#![allow(clippy::unwrap_used, reason = "test helpers outside of test functions")]

#[cfg(feature = "deflate")]
mod compression;
mod http;
mod shutdown;
mod socket;
mod times;
