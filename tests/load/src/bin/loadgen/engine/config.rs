//! What an engine is told: where the server is, and how to connect.

use std::net::SocketAddrV4;

use crate::proto::Proto;

#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) addr: SocketAddrV4,
    pub(crate) host: String,
    pub(crate) path: String,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) proto: Proto,
    /// Every other connection speaks MessagePack.
    pub(crate) mixed: bool,
    pub(crate) target: Target,
    pub(crate) negotiate: bool,
    /// Raw servers know no join: members of group N connect to the path with `/gN` at its end. 0: no groups.
    pub(crate) raw_groups: usize,
    /// The number of this thread's first connection among all.
    pub(crate) base: usize,
    /// How many source addresses (127.0.1.1, 127.0.1.2, ...) to spread connections over; 0: the default one.
    pub(crate) src_ips: usize,
    /// Handshakes in flight at a time, this thread.
    pub(crate) connect_parallel: usize,
    /// Never sleep: what comes in then costs the server no wake-up of this thread.
    pub(crate) spin: bool,
}

impl Config {
    pub(super) fn target_of(&self, i: usize) -> Target {
        let mut target = self.target.clone();
        if self.raw_groups > 0 {
            let group = (self.base + i) % self.raw_groups;
            target.path.push_str(&format!("/g{group}"));
        }
        target
    }

    pub(super) fn proto_of(&self, i: usize) -> Proto {
        if self.mixed && i % 2 == 1 {
            Proto::SignalrMsgpack
        } else {
            self.proto
        }
    }
}
