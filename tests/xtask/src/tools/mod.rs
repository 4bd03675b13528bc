//! What the tests need and a fresh machine lacks.

pub(crate) mod chromium;
pub(crate) mod conformance_server;
pub(crate) mod counts;
pub(crate) mod debian;
pub(crate) mod node;
pub(crate) mod python;
mod stamp;
