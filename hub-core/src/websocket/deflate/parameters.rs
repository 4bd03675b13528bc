use std::fmt;

use super::header::names;
use super::{DeflateOptions, Deflater, Inflater, WindowBits};
use crate::websocket::Role;

/// What both ends have agreed on (RFC 7692 section 7.1). Displayed, it is the
/// value of the server's `Sec-WebSocket-Extensions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeflateParameters {
    /// What the server sends does not refer to earlier messages.
    pub server_no_context_takeover: bool,
    /// What the client sends does not refer to earlier messages.
    pub client_no_context_takeover: bool,
    /// The window of what the server sends; 15 bits if nothing is said.
    pub server_max_window_bits: Option<WindowBits>,
    /// The window of what the client sends; 15 bits if nothing is said.
    pub client_max_window_bits: Option<WindowBits>,
}

impl DeflateParameters {
    /// For what we send as `role`. Uses no more than the options allow, even where
    /// more was agreed on.
    #[must_use]
    pub fn deflater(&self, role: Role, options: &DeflateOptions) -> Deflater {
        let (agreed, own) = match role {
            Role::Server => (self.server(), options.server()),
            Role::Client => (self.client(), options.client()),
        };
        Deflater::new(
            agreed.window_bits.min(own.window_bits),
            agreed.takeover && own.takeover,
            options,
        )
    }

    /// For what the peer sends when we are `role`. A message that inflates to more
    /// than `max_message_len` bytes is refused.
    #[must_use]
    pub fn inflater(&self, role: Role, max_message_len: usize) -> Inflater {
        let peer = match role {
            Role::Server => self.client(),
            Role::Client => self.server(),
        };
        Inflater::new(peer.window_bits, peer.takeover, max_message_len)
    }

    fn server(&self) -> Direction {
        Direction {
            window_bits: self.server_max_window_bits.unwrap_or(WindowBits::MAX),
            takeover: !self.server_no_context_takeover,
        }
    }

    fn client(&self) -> Direction {
        Direction {
            window_bits: self.client_max_window_bits.unwrap_or(WindowBits::MAX),
            takeover: !self.client_no_context_takeover,
        }
    }
}

impl DeflateOptions {
    fn server(&self) -> Direction {
        Direction {
            window_bits: self.server_max_window_bits,
            takeover: !self.server_no_context_takeover,
        }
    }

    fn client(&self) -> Direction {
        Direction {
            window_bits: self.client_max_window_bits,
            takeover: !self.client_no_context_takeover,
        }
    }
}

/// How one of the two sends.
struct Direction {
    window_bits: WindowBits,
    takeover: bool,
}

impl fmt::Display for DeflateParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(names::EXTENSION)?;
        if self.server_no_context_takeover {
            write!(f, "; {}", names::SERVER_NO_CONTEXT_TAKEOVER)?;
        }
        if self.client_no_context_takeover {
            write!(f, "; {}", names::CLIENT_NO_CONTEXT_TAKEOVER)?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {}={bits}", names::SERVER_MAX_WINDOW_BITS)?;
        }
        if let Some(bits) = self.client_max_window_bits {
            write!(f, "; {}={bits}", names::CLIENT_MAX_WINDOW_BITS)?;
        }
        Ok(())
    }
}
