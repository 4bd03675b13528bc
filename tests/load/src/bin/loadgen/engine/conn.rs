//! One connection: its socket, how far its handshakes are, and what waits to be written.

use std::net::TcpStream;

use crate::proto::{Arg, Method, Proto};
use crate::ws;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Idle,
    Negotiating,
    Upgrading,
    Hello,
    Open,
    Closing,
}

/// What a workload writes to: one connection's output.
pub(crate) struct Out {
    pub(super) proto: Proto,
    pub(super) buf: Vec<u8>,
    pub(super) scratch: Vec<u8>,
    pub(super) key: u32,
}

impl Out {
    pub(super) fn frame(&mut self, opcode: u8, payload: &[u8]) {
        // Any nonzero step gives a fresh mask for each frame; unpredictability is of no use here.
        self.key = self.key.wrapping_mul(0x9e37_79b1).wrapping_add(0x7f4a_7c15) | 1;
        ws::put_frame(&mut self.buf, opcode, self.key, payload);
    }

    pub(crate) fn call(&mut self, id: Option<u64>, method: Method, args: &[Arg<'_>]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        self.proto.call(&mut scratch, id, method, args);
        self.frame(self.proto.opcode(), &scratch);
        self.scratch = scratch;
    }

    /// Starts the closing handshake.
    pub(crate) fn close(&mut self) {
        self.frame(ws::CLOSE, &1000u16.to_be_bytes());
    }
}

pub(crate) struct Conn<D> {
    pub(super) sock: Option<TcpStream>,
    pub(super) state: State,
    pub(super) wants_write: bool,
    pub(super) closing: bool,
    pub(super) since: u64,
    pub(super) partial: Vec<u8>,
    pub(super) fragments: Vec<u8>,
    pub(super) token: String,
    pub(crate) out: Out,
    pub(crate) data: D,
}

impl<D> Conn<D> {
    pub(super) fn in_setup(&self) -> bool {
        matches!(
            self.state,
            State::Negotiating | State::Upgrading | State::Hello
        )
    }

    /// When the connection was begun.
    pub(crate) fn begun(&self) -> u64 {
        self.since
    }

    /// Starts the closing handshake.
    pub(crate) fn close(&mut self) {
        self.closing = true;
        self.state = State::Closing;
        self.out.close();
    }
}
