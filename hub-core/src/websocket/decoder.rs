use super::frame::HeaderStart;
use super::mask::{advance_key, apply_mask};
use super::{
    CloseFrame, FrameHeader, MAX_CONTROL_LEN, MAX_HEADER_LEN, MaskKey, MessageKind, OpCode,
    ProtocolError, Role, Utf8Validator,
};

/// The most bytes that [`Decoder::decode`] leaves in its input while it waits for
/// more: a control frame or a header that is not complete.
pub const MAX_PENDING_LEN: usize = MAX_HEADER_LEN + MAX_CONTROL_LEN - 1;

/// Two bytes and a mask.
const SHORT_MASKED_HEADER_LEN: usize = 6;

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'b> {
    /// The next piece of a message.
    Data(Fragment<'b>),
    /// To be answered with a pong of the same payload, unless our close frame is
    /// sent.
    Ping(&'b [u8]),
    /// An answer to a ping, or a sign of life that nobody asked for.
    Pong(&'b [u8]),
    /// The peer's close frame, with its code and reason if it has some. Nothing
    /// follows: later bytes are dropped.
    Close(Option<CloseFrame>),
}

/// A piece of a message: what has arrived of one frame's payload, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub struct Fragment<'b> {
    /// What the message is, the same for all its pieces.
    pub kind: MessageKind,
    /// The bytes; text is checked, but a piece may begin or end inside a
    /// character. Empty for an empty frame.
    pub payload: &'b [u8],
    /// Whether the message ends here.
    pub ends_message: bool,
    /// Whether the message is compressed (see [`Decoder::accept_compressed`]).
    /// Compressed text is not checked to be UTF-8.
    pub compressed: bool,
}

/// Decodes what one peer sends, in place and as it arrives.
///
/// The caller owns the buffer. A frame's payload is handed out in the pieces in
/// which it arrives, so a frame never needs to fit the buffer. The decoder itself
/// is a few words and owns no memory.
///
/// # Driving it
/// Call [`decode`](Self::decode) until it returns `None`; keep what it left in
/// the input (at most [`MAX_PENDING_LEN`] bytes) in front of what is read next.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Payload bytes of the current data frame that have not arrived.
    remaining: u64,
    max_frame_len: u64,
    /// Turned so that it starts at the next payload byte.
    mask: MaskKey,
    utf8: Utf8Validator,
    /// The message that has begun and not ended.
    message: Option<MessageKind>,
    /// Whether the current data frame is the last of its message.
    fin: bool,
    compressed: bool,
    accepts_compressed: bool,
    role: Role,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Open,
    Closed,
    Failed(ProtocolError),
}

impl Decoder {
    /// A decoder for what the other end sends; frames of any length.
    #[must_use]
    pub const fn new(role: Role) -> Self {
        Self {
            remaining: 0,
            max_frame_len: u64::MAX,
            mask: [0; 4],
            utf8: Utf8Validator::new(),
            message: None,
            fin: false,
            compressed: false,
            accepts_compressed: false,
            role,
            phase: Phase::Open,
        }
    }

    /// Refuses data frames whose payload is longer than `max` bytes as soon as
    /// the header says so. Without it, frames of any length pass: they are handed
    /// out in pieces and cost no memory here.
    #[must_use]
    pub const fn with_max_frame_len(mut self, max: u64) -> Self {
        self.max_frame_len = max;
        self
    }

    /// Accepts compressed messages, because permessage-deflate was agreed on
    /// (RFC 7692). They are marked in the [`Fragment`] and not checked further.
    #[must_use]
    pub const fn accept_compressed(mut self) -> Self {
        self.accepts_compressed = true;
        self
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub const fn is_inside_message(&self) -> bool {
        self.message.is_some()
    }

    /// Takes the next event off the front of `input`, and advances it.
    ///
    /// `None` means that the rest of the input, if any, is the beginning of a
    /// header or of a control frame. After the peer's close frame everything is
    /// dropped.
    ///
    /// # Errors
    /// What the peer did wrong. The decoder stays failed with the same error.
    pub fn decode<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'b>>, ProtocolError> {
        match self.phase {
            Phase::Open => {}
            Phase::Closed => {
                *input = &mut [];
                return Ok(None);
            }
            Phase::Failed(error) => return Err(error),
        }
        let result = match self.take_short_message(input) {
            Some((kind, piece, key)) => self.short_message(kind, piece, key).map(Some),
            None => self.decode_open(input),
        };
        if let Err(error) = result {
            self.phase = Phase::Failed(error);
        }
        result
    }

    /// Most traffic is whole messages in one short frame that is all there. They
    /// need none of the state. Anything else, right or wrong, is left to
    /// [`decode_open`](Self::decode_open).
    #[inline]
    fn take_short_message<'b>(
        &self,
        input: &mut &'b mut [u8],
    ) -> Option<(MessageKind, &'b mut [u8], MaskKey)> {
        let [first, second, a, b, c, d, ..] = **input else {
            return None;
        };
        let kind = HeaderStart::short_message_kind(first)?;
        let len = HeaderStart::short_masked_len(second)?;
        let end = SHORT_MASKED_HEADER_LEN + len;
        let is_usual = self.remaining == 0
            && self.message.is_none()
            && self.role == Role::Server
            && len as u64 <= self.max_frame_len
            && end <= input.len();
        is_usual.then(|| {
            let frame = take(input, end);
            (kind, &mut frame[SHORT_MASKED_HEADER_LEN..], [a, b, c, d])
        })
    }

    #[inline]
    fn short_message<'b>(
        &self,
        kind: MessageKind,
        payload: &'b mut [u8],
        key: MaskKey,
    ) -> Result<Event<'b>, ProtocolError> {
        apply_mask(payload, key);
        if kind == MessageKind::Text && std::str::from_utf8(payload).is_err() {
            return Err(ProtocolError::InvalidUtf8);
        }
        Ok(Event::Data(Fragment {
            kind,
            payload,
            ends_message: true,
            compressed: false,
        }))
    }

    #[inline]
    fn decode_open<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'b>>, ProtocolError> {
        if self.remaining == 0 {
            let [first, second, ..] = **input else {
                return Ok(None);
            };
            let start = HeaderStart::parse(first, second)?;
            self.check_start(start)?;
            let header_len = start.header_len();
            let Some(header) = input.get(..header_len) else {
                return Ok(None);
            };
            let header = start.complete(header)?;
            if header.opcode.is_control() {
                return self.decode_control(header, header_len, input);
            }
            self.begin_frame(header)?;
            take(input, header_len);
            if self.remaining == 0 {
                return self.hand_out(&mut []).map(Some);
            }
        }
        let available = usize::try_from(self.remaining).unwrap_or(usize::MAX);
        let piece = take(input, available.min(input.len()));
        if piece.is_empty() {
            return Ok(None);
        }
        self.hand_out(piece).map(Some)
    }

    /// The rules that need no more than two bytes.
    #[inline]
    fn check_start(&self, start: HeaderStart) -> Result<(), ProtocolError> {
        match (self.role, start.masked) {
            (Role::Server, true) | (Role::Client, false) => {}
            (Role::Server, false) => return Err(ProtocolError::UnmaskedFrame),
            (Role::Client, true) => return Err(ProtocolError::MaskedFrame),
        }
        let begins_message = matches!(start.opcode, OpCode::Text | OpCode::Binary);
        if start.rsv1 && !(self.accepts_compressed && begins_message) {
            return Err(ProtocolError::ReservedBit);
        }
        if start.opcode.is_control() {
            if !start.fin {
                return Err(ProtocolError::FragmentedControlFrame);
            }
            if start.has_long_len() {
                return Err(ProtocolError::ControlFrameTooLong);
            }
        } else if begins_message && self.message.is_some() {
            return Err(ProtocolError::InterleavedMessage);
        } else if !begins_message && self.message.is_none() {
            return Err(ProtocolError::UnexpectedContinuation);
        }
        Ok(())
    }

    #[inline]
    fn begin_frame(&mut self, header: FrameHeader) -> Result<(), ProtocolError> {
        if header.payload_len > self.max_frame_len {
            return Err(ProtocolError::FrameTooLong);
        }
        let kind = match header.opcode {
            OpCode::Text => Some(MessageKind::Text),
            OpCode::Binary => Some(MessageKind::Binary),
            _ => None,
        };
        if kind.is_some() {
            self.message = kind;
            self.compressed = header.compressed;
        }
        self.fin = header.fin;
        self.remaining = header.payload_len;
        self.mask = header.mask.unwrap_or_default();
        Ok(())
    }

    /// Makes an event of the next bytes of the current frame.
    #[inline]
    fn hand_out<'b>(&mut self, piece: &'b mut [u8]) -> Result<Event<'b>, ProtocolError> {
        if self.role == Role::Server {
            apply_mask(piece, self.mask);
            self.mask = advance_key(self.mask, piece.len());
        }
        self.remaining -= piece.len() as u64;
        let ends_message = self.fin && self.remaining == 0;
        // A data frame is only begun inside a message.
        let kind = self.message.unwrap_or(MessageKind::Binary);
        if kind == MessageKind::Text && !self.compressed {
            self.utf8.push(piece)?;
            if ends_message {
                self.utf8.finish()?;
            }
        }
        if ends_message {
            self.message = None;
        }
        Ok(Event::Data(Fragment {
            kind,
            payload: piece,
            ends_message,
            compressed: self.compressed,
        }))
    }

    fn decode_control<'b>(
        &mut self,
        header: FrameHeader,
        header_len: usize,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'b>>, ProtocolError> {
        // `check_start` has refused lengths above 125.
        let frame_len = header_len + header.payload_len as usize;
        if input.len() < frame_len {
            return Ok(None);
        }
        let payload = &mut take(input, frame_len)[header_len..];
        apply_mask(payload, header.mask.unwrap_or_default());
        Ok(Some(match header.opcode {
            OpCode::Ping => Event::Ping(payload),
            OpCode::Pong => Event::Pong(payload),
            _ => {
                let frame = CloseFrame::parse(payload)?;
                self.phase = Phase::Closed;
                Event::Close(frame)
            }
        }))
    }
}

/// Splits `len` bytes off the front of `input`.
#[inline]
fn take<'b>(input: &mut &'b mut [u8], len: usize) -> &'b mut [u8] {
    let (front, rest) = std::mem::take(input).split_at_mut(len);
    *input = rest;
    front
}
