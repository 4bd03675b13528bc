//! permessage-deflate (RFC 7692) on one socket.

use std::cell::Cell;

use http::HeaderValue;
use hub_core::websocket::deflate::{
    Contexts, DeflateOptions, DeflateParameters, Deflater, Inflater, accept_offer,
};
use hub_core::websocket::{Event, Fragment, MessageKind, ProtocolError, Role};

use super::channel::Visit;

/// Whether compression is offered, and how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompressionOptions {
    pub(crate) enabled: bool,
    pub(crate) deflate: DeflateOptions,
}

impl CompressionOptions {
    /// What becomes of the offers in a request's `Sec-WebSocket-Extensions`.
    pub(crate) fn agree<'h>(
        &self,
        offers: impl IntoIterator<Item = &'h HeaderValue>,
    ) -> Option<Agreed> {
        if !self.enabled {
            return None;
        }
        let offers = offers.into_iter().map(HeaderValue::as_bytes);
        let parameters = accept_offer(offers, &self.deflate)?;
        Some(Agreed {
            parameters,
            options: self.deflate,
        })
    }
}

/// Compression that was agreed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) parameters: DeflateParameters,
    pub(crate) options: DeflateOptions,
}

impl Agreed {
    /// The value of the answer's `Sec-WebSocket-Extensions`.
    pub(crate) fn header_value(&self) -> HeaderValue {
        let value = self.parameters.to_string();
        HeaderValue::from_str(&value).expect("names and numbers fit a header")
    }

    pub(crate) fn deflater(&self) -> Deflater {
        self.parameters.deflater(Role::Server, &self.options)
    }
}

/// Both directions of a socket.
#[derive(Debug)]
pub(crate) struct Compression {
    deflater: Deflater,
    inbound: Inflating,
}

impl Compression {
    pub(crate) fn new(agreed: &Agreed, max_message_size: usize) -> Self {
        Self {
            deflater: agreed.deflater(),
            inbound: Inflating::new(agreed, max_message_size),
        }
    }

    /// Appends a whole message.
    pub(crate) fn encode_message(&mut self, kind: MessageKind, bytes: &[u8], out: &mut Vec<u8>) {
        with_contexts(|contexts| {
            self.deflater
                .encode_message(contexts, kind, bytes, None, out);
        });
    }

    /// Whether a message that begins with so many bytes is compressed.
    pub(crate) fn is_worthwhile(&self, len: usize) -> bool {
        self.deflater.is_worthwhile(len)
    }

    /// Appends a piece of a message that is compressed.
    pub(crate) fn encode_fragment(
        &mut self,
        kind: MessageKind,
        bytes: &[u8],
        ends_message: bool,
        out: &mut Vec<u8>,
    ) {
        with_contexts(|contexts| {
            self.deflater
                .encode_fragment(contexts, kind, bytes, ends_message, None, out);
        });
    }

    /// Hands over an event, inflated.
    pub(crate) fn visit<T>(
        &mut self,
        event: Event<'_>,
        visit: &mut Visit<'_, T>,
    ) -> Result<Option<T>, ProtocolError> {
        match event {
            Event::Data(piece) if piece.compressed => {
                self.inbound.begin(piece, |plain| visit(Event::Data(plain)))
            }
            event => visit(event),
        }
    }

    /// Goes on with what [`visit`](Self::visit) has left of a piece.
    pub(crate) fn resume<T>(
        &mut self,
        visit: &mut Visit<'_, T>,
    ) -> Result<Option<T>, ProtocolError> {
        self.inbound.resume(|plain| visit(Event::Data(plain)))
    }
}

/// Inflates as much as is wanted, and keeps the rest as it is: what comes of it
/// may be a thousand times as long.
#[derive(Debug)]
pub(crate) struct Inflating {
    inflater: Inflater,
    rest: Option<Rest>,
}

/// What of a received piece has not been inflated.
#[derive(Debug)]
struct Rest {
    kind: MessageKind,
    bytes: Vec<u8>,
    inflated: usize,
    ends_message: bool,
}

impl Inflating {
    pub(crate) fn new(agreed: &Agreed, max_message_size: usize) -> Self {
        let parameters = &agreed.parameters;
        Self {
            inflater: parameters.inflater(Role::Server, max_message_size),
            rest: None,
        }
    }

    /// Inflates `piece` until `take` makes something of what comes out.
    pub(crate) fn begin<T>(
        &mut self,
        mut piece: Fragment<'_>,
        take: impl FnMut(Fragment<'_>) -> Result<Option<T>, ProtocolError>,
    ) -> Result<Option<T>, ProtocolError> {
        let taken = self.inflate(&mut piece, take)?;
        if taken.is_some() {
            self.rest = Some(Rest {
                kind: piece.kind,
                bytes: piece.payload.to_vec(),
                inflated: 0,
                ends_message: piece.ends_message,
            });
        }
        Ok(taken)
    }

    /// Goes on with the rest, if there is one.
    pub(crate) fn resume<T>(
        &mut self,
        take: impl FnMut(Fragment<'_>) -> Result<Option<T>, ProtocolError>,
    ) -> Result<Option<T>, ProtocolError> {
        let Some(mut rest) = self.rest.take() else {
            return Ok(None);
        };
        let mut piece = Fragment {
            kind: rest.kind,
            payload: &rest.bytes[rest.inflated..],
            ends_message: rest.ends_message,
            compressed: true,
        };
        let taken = self.inflate(&mut piece, take)?;
        if taken.is_some() {
            rest.ends_message = piece.ends_message;
            rest.inflated = rest.bytes.len() - piece.payload.len();
            self.rest = Some(rest);
        }
        Ok(taken)
    }

    fn inflate<T>(
        &mut self,
        piece: &mut Fragment<'_>,
        mut take: impl FnMut(Fragment<'_>) -> Result<Option<T>, ProtocolError>,
    ) -> Result<Option<T>, ProtocolError> {
        with_contexts(|contexts| {
            while let Some(plain) = self.inflater.inflate(contexts, piece)? {
                if let Some(taken) = take(plain)? {
                    return Ok(Some(taken));
                }
            }
            Ok(None)
        })
    }
}

thread_local! {
    static CONTEXTS: Cell<Contexts> = Cell::default();
}

/// Lends the thread's contexts. A use inside a use gets some of its own.
pub(crate) fn with_contexts<T>(use_contexts: impl FnOnce(&mut Contexts) -> T) -> T {
    let mut contexts = CONTEXTS.take();
    let result = use_contexts(&mut contexts);
    CONTEXTS.set(contexts);
    result
}
