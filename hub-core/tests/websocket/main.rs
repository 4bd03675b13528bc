//! The WebSocket codec: its rules, its properties, and another implementation at
//! the other end.

#![allow(clippy::unwrap_used, reason = "test helpers outside of test functions")]

mod arrival;
#[cfg(feature = "deflate")]
mod deflate;
mod properties;
mod rules;
mod tungstenite;
