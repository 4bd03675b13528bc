//! The HTTP side of a hub: who may use it, negotiate, and the requests that
//! carry transports.

mod connections;
mod kept_request;
mod negotiate;
mod query;
mod respond;
mod transports;
mod websockets;

pub(crate) use connections::Connections;
pub(crate) use negotiate::negotiate;
pub(crate) use transports::serve_transport;
