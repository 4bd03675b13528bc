//! The connection as its transport sees it.

use std::task::Context;

/// Takes what a transport received.
pub(crate) trait Receiver {
    /// A piece of payload; pieces are not messages.
    fn payload(&mut self, context: &mut Context<'_>, payload: &[u8]);

    /// A frame of the transport's own that is to be written, such as a pong.
    fn reply(&mut self, frame: &[u8]);
}
