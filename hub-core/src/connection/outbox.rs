//! What the connection itself has to say, in the order in which it goes out.

use bytes::Bytes;

use super::stateful_reconnect::Resumption;
use crate::HubMessage;
use crate::protocol::HubProtocol;

/// At most one record of each kind: a second Ping adds nothing to one that is
/// still waiting.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The request or the response.
    pub(super) handshake: Option<Bytes>,
    /// Whether a Ping is due.
    pub(super) ping: bool,
    /// The Close message: last, whatever else there is.
    pub(super) close: Option<Bytes>,
}

impl Outbox {
    /// Takes the record that goes out next.
    pub(super) fn next(
        &mut self,
        protocol: Option<&dyn HubProtocol>,
        resumption: Option<&mut Resumption>,
    ) -> Option<Bytes> {
        if self.handshake.is_some() {
            return self.handshake.take();
        }
        if let (Some(protocol), Some(resumption)) = (protocol, resumption) {
            if resumption.is_lost() {
                return None;
            }
            if let Some(record) = resumption.next_record(protocol) {
                return Some(record);
            }
        }
        if let Some(protocol) = protocol
            && std::mem::take(&mut self.ping)
        {
            return Some(protocol.ping());
        }
        self.close.take()
    }
}

/// The record of a message that holds no value and therefore always encodes.
pub(super) fn encode(protocol: &dyn HubProtocol, message: &HubMessage<'_>) -> Bytes {
    let mut record = Vec::new();
    // What a protocol cannot even write without values is not worth a crash.
    let _ = protocol.encode(message, &mut record);
    record.into()
}
