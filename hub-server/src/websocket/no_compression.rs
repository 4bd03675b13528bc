//! Stands where compression is left out at build time: it is never agreed on.

use http::HeaderValue;
use hub_core::websocket::{Event, MessageKind, ProtocolError};

use super::channel::Visit;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompressionOptions {}

impl CompressionOptions {
    #[allow(clippy::unused_self)] // as with compression
    pub(crate) fn agree<'h>(&self, _: impl IntoIterator<Item = &'h HeaderValue>) -> Option<Agreed> {
        None
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Agreed {}

impl Agreed {
    pub(crate) fn header_value(&self) -> HeaderValue {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Compression {}

impl Compression {
    pub(crate) fn new(agreed: &Agreed, _: usize) -> Self {
        match *agreed {}
    }

    pub(crate) fn encode_message(&mut self, _: MessageKind, _: &[u8], _: &mut Vec<u8>) {
        match *self {}
    }

    pub(crate) fn is_worthwhile(&self, _: usize) -> bool {
        match *self {}
    }

    pub(crate) fn encode_fragment(&mut self, _: MessageKind, _: &[u8], _: bool, _: &mut Vec<u8>) {
        match *self {}
    }

    pub(crate) fn visit<T>(
        &mut self,
        _: Event<'_>,
        _: &mut Visit<'_, T>,
    ) -> Result<Option<T>, ProtocolError> {
        match *self {}
    }

    pub(crate) fn resume<T>(&mut self, _: &mut Visit<'_, T>) -> Result<Option<T>, ProtocolError> {
        match *self {}
    }
}
