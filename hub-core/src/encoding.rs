//! How values and transport frames are written.

/// The encoding of argument, item and result values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 JSON.
    Json,
    /// MessagePack; structs as maps keyed by field name.
    MessagePack,
}

/// What a transport must be able to carry for a protocol.
///
/// Transports carry text, binary, or both; Server-Sent Events carry text only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferFormat {
    /// Valid UTF-8.
    Text,
    /// Any bytes.
    Binary,
}
