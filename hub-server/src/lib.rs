//! placeholder

pub mod websocket;
