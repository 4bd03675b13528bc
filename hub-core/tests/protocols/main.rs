//! What holds for both protocols and for any message or bytes.

mod arbitrary;
mod bytes;
mod round_trip;

use hub_core::protocol::{HubProtocol, JsonProtocol, MessagePackProtocol};

const PROTOCOLS: [&dyn HubProtocol; 2] = [&JsonProtocol, &MessagePackProtocol];
