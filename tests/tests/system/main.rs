//! Whole systems: hubs behind real sockets, and clients that know the wire only.

#![allow(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

mod program;
