//! permessage-deflate: the examples of its specification, round trips, limits,
//! and data that is none.

mod examples;
mod limits;
mod round_trips;

use hub_core::websocket::deflate::{Contexts, DeflateOptions, DeflateParameters, Inflater};
use hub_core::websocket::{
    Assembler, Decoder, Event, FrameHeader, MaskKey, Message, OpCode, ProtocolError, Role,
};

/// Long enough for every test that is not about limits.
const ROOM: usize = 16 * 1024 * 1024;

/// One end that receives compressed messages.
struct Receiver {
    decoder: Decoder,
    inflater: Inflater,
    assembler: Assembler,
    contexts: Contexts,
}

impl Receiver {
    fn new(role: Role, agreed: &DeflateParameters, max_message_len: usize) -> Self {
        Self {
            decoder: Decoder::new(role).accept_compressed(),
            inflater: agreed.inflater(role, max_message_len),
            assembler: Assembler::new(ROOM),
            contexts: Contexts::default(),
        }
    }

    /// The messages of `wire`, which arrives in pieces that end at `cuts`.
    fn receive(
        &mut self,
        wire: &[u8],
        cuts: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<Message>, ProtocolError> {
        let mut messages = Vec::new();
        let mut buffer = Vec::new();
        let mut arrived = 0;
        for cut in cuts.into_iter().chain([wire.len()]) {
            buffer.extend_from_slice(&wire[arrived..cut]);
            arrived = cut;
            let mut input = &mut buffer[..];
            while let Some(event) = self.decoder.decode(&mut input)? {
                let Event::Data(mut piece) = event else {
                    messages.extend(self.assembler.push(event)?);
                    continue;
                };
                if !piece.compressed {
                    messages.extend(self.assembler.push_fragment(&piece)?);
                    continue;
                }
                while let Some(plain) = self.inflater.inflate(&mut self.contexts, &mut piece)? {
                    assert!(!plain.compressed);
                    messages.extend(self.assembler.push_fragment(&plain)?);
                }
            }
            buffer = input.to_vec();
        }
        assert!(buffer.is_empty());
        Ok(messages)
    }
}

fn no_takeover() -> DeflateParameters {
    DeflateParameters {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        ..DeflateParameters::default()
    }
}

/// The options that agree with `parameters` and compress everything.
fn options(parameters: &DeflateParameters) -> DeflateOptions {
    DeflateOptions::new()
        .disable_server_context_takeover(parameters.server_no_context_takeover)
        .disable_client_context_takeover(parameters.client_no_context_takeover)
        .min_message_size(0)
}

/// A frame of either end with a compressed payload.
fn frame(opcode: OpCode, fin: bool, rsv1: bool, mask: Option<MaskKey>, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let header = FrameHeader {
        fin,
        compressed: rsv1,
        mask,
        ..FrameHeader::new(opcode, payload.len())
    };
    header.encode_with(payload, &mut out);
    out
}
