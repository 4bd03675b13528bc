use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hub_core::websocket::{
    CloseCode, CloseFrame, CloseHandshake, Decoder, Event, ProtocolError, encode_close,
    encode_ping, encode_pong,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::inbox::Inbox;
use super::keep_alive::{Due, KeepAlive, Timer};
use super::leaving::{Counted, Order};
use super::outbox::{Outbox, Side};
use super::scratch;
use super::stall::Stall;
use super::{WebSocketError, WebSocketOptions};

/// What to make of an event: `None` asks for the next one.
pub(crate) type Visit<'v, T> = dyn FnMut(Event<'_>) -> Result<Option<T>, ProtocolError> + 'v;

/// A transport with the codec on it: answers pings and close frames, keeps the
/// connection alive, and ends it in good order.
///
/// Owns no buffer while it waits with nothing begun.
#[derive(Debug)]
pub(crate) struct Channel<Io> {
    io: Io,
    decoder: Decoder,
    inbox: Inbox,
    outbox: Outbox,
    write_buffer_limit: usize,
    phase: Phase,
    close: CloseHandshake,
    peer_close: Option<CloseFrame>,
    close_timeout: Duration,
    /// When the peer's part of the end must be done; set with our close frame.
    close_deadline: Option<Instant>,
    keep_alive: Option<KeepAlive>,
    timer: Timer,
    stall: Stall,
    /// Only if a shutdown is to end it.
    counted: Option<Counted>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Open,
    /// The peer's close frame is here and the answer is on its way.
    Answering,
    /// All is said: shut down, then wait for the peer to do so. With the error
    /// that is to be reported at the end.
    Ending(Option<ProtocolError>),
    /// As `Ending`, with our side shut down.
    Draining(Option<ProtocolError>),
    Ended,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Channel<Io> {
    /// Takes over `io` right after the opening handshake.
    pub(crate) fn new(io: Io, options: &WebSocketOptions, counted: Option<Counted>) -> Self {
        let (interval, timeout) = (options.keep_alive_interval, options.keep_alive_timeout);
        Self {
            io,
            decoder: options.decoder(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            write_buffer_limit: options.write_buffer_limit,
            phase: Phase::Open,
            close: CloseHandshake::default(),
            peer_close: None,
            close_timeout: options.close_timeout,
            close_deadline: None,
            keep_alive: KeepAlive::new(interval, timeout, Instant::now()),
            timer: Timer::default(),
            stall: Stall::new(options.send_timeout),
            counted,
        }
    }

    pub(crate) fn peer_close(&self) -> Option<&CloseFrame> {
        self.peer_close.as_ref()
    }

    /// Waits until there is room to send.
    pub(crate) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        if self.is_congested() || self.follow_order(cx, Side::Sender)? {
            ready!(self.poll_flush(cx))?;
        }
        Poll::Ready(self.check_open())
    }

    /// Takes compressed messages, which `visit` has to inflate.
    pub(crate) fn accept_compressed(&mut self) {
        self.decoder = self.decoder.clone().accept_compressed();
    }

    /// Ends the connection because of what the peer sent.
    pub(crate) fn fail(&mut self, error: ProtocolError) {
        if matches!(self.phase, Phase::Open) {
            self.begin_close(error.close_code(), "");
            self.phase = Phase::Ending(Some(error));
        }
    }

    /// Where to append frames.
    pub(crate) fn buffer(&mut self) -> Result<&mut Vec<u8>, WebSocketError> {
        self.check_open()?;
        Ok(self.outbox.buffer())
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        self.follow_order(cx, Side::Sender)?;
        if matches!(self.phase, Phase::Ended) && self.outbox.len() > 0 {
            return Poll::Ready(Err(WebSocketError::Closed));
        }
        self.poll_write_out(cx, Side::Sender)
    }

    /// Queues our close frame, unless it is sent already.
    pub(crate) fn begin_close(&mut self, code: CloseCode, reason: &str) {
        if self.close.begin_send() {
            encode_close(code, reason, None, self.outbox.buffer());
            self.close_deadline = Instant::now().checked_add(self.close_timeout);
        }
    }

    /// Waits for an event of which `visit` makes something. Writes what is queued
    /// before it waits for the peer. `None`: the connection has ended.
    pub(crate) fn poll_visit<T>(
        &mut self,
        cx: &mut Context<'_>,
        visit: &mut Visit<'_, T>,
    ) -> Poll<Option<Result<T, WebSocketError>>> {
        match self.follow_order(cx, Side::Receiver) {
            Ok(false) => {}
            Ok(true) => {
                // Before anything that may take the caller away.
                let _ = self.poll_flush_receiving(cx);
            }
            Err(error) => return Poll::Ready(Some(Err(error))),
        }
        loop {
            match self.phase {
                Phase::Open => match self.poll_open(cx, visit) {
                    Poll::Ready(Ok(None)) => {}
                    Poll::Ready(Ok(Some(value))) => return Poll::Ready(Some(Ok(value))),
                    Poll::Ready(Err(error)) => {
                        self.end();
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Pending if self.poll_close_deadline(cx).is_ready() => {
                        self.end();
                    }
                    Poll::Pending => return Poll::Pending,
                },
                Phase::Answering => {
                    let flushed = self.poll_flush_receiving(cx);
                    if flushed.is_pending() && self.poll_close_deadline(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.phase = Phase::Ending(None);
                    if let Ok(Some(value)) = visit(Event::Close(self.peer_close.clone())) {
                        return Poll::Ready(Some(Ok(value)));
                    }
                }
                Phase::Ending(error) | Phase::Draining(error) => {
                    ready!(self.poll_end(cx, error));
                    self.end();
                    if let Some(error) = error {
                        return Poll::Ready(Some(Err(error.into())));
                    }
                }
                Phase::Ended => return Poll::Ready(None),
            }
        }
    }

    /// Does what a shutdown wants. Whether it has begun to close; the error comes
    /// once.
    fn follow_order(&mut self, cx: &mut Context<'_>, side: Side) -> Result<bool, WebSocketError> {
        let Some(counted) = &self.counted else {
            return Ok(false);
        };
        match counted.poll_order(cx, side) {
            Order::Leave if matches!(self.phase, Phase::Open) && !self.close.is_sent() => {
                self.begin_close(CloseCode::GOING_AWAY, "");
                Ok(true)
            }
            Order::Cut if !matches!(self.phase, Phase::Ended) => {
                self.end();
                Err(WebSocketError::Shutdown)
            }
            _ => Ok(false),
        }
    }

    /// One round: decode what is here, else read. `Ok(None)`: look at the phase
    /// and go on.
    fn poll_open<T>(
        &mut self,
        cx: &mut Context<'_>,
        visit: &mut Visit<'_, T>,
    ) -> Poll<Result<Option<T>, WebSocketError>> {
        if self.is_congested() {
            match self.poll_flush_receiving(cx) {
                Poll::Pending => return self.poll_keep_alive(cx),
                Poll::Ready(flushed) => flushed?,
            }
        }
        if !self.inbox.is_empty() {
            let mut inbox = std::mem::take(&mut self.inbox);
            let mut input = inbox.unread();
            let visited = self.visit_events(&mut input, visit);
            let left = input.len();
            inbox.keep_last(left);
            self.inbox = inbox;
            if visited.is_some() || !matches!(self.phase, Phase::Open) || self.is_congested() {
                return Poll::Ready(Ok(visited));
            }
        }
        match self.poll_read(cx, visit) {
            Poll::Pending => {
                if let Poll::Ready(Err(error)) = self.poll_flush_receiving(cx) {
                    return Poll::Ready(Err(error));
                }
                self.poll_keep_alive(cx)
            }
            read => read,
        }
    }

    /// Reads into the thread's buffer, behind what is not decoded, and decodes
    /// there; only what is left over is kept.
    fn poll_read<T>(
        &mut self,
        cx: &mut Context<'_>,
        visit: &mut Visit<'_, T>,
    ) -> Poll<Result<Option<T>, WebSocketError>> {
        scratch::with_buffer(|buffer| {
            // At most an unfinished header or control frame.
            let pending = self.inbox.unread();
            let (front, room) = buffer.split_at_mut(pending.len());
            let mut read = ReadBuf::new(room);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut read))?;
            let len = front.len() + read.filled().len();
            if len == front.len() {
                return Poll::Ready(self.handle_end_of_input().map(|()| None));
            }
            front.copy_from_slice(pending);
            if let Some(keep_alive) = &mut self.keep_alive {
                keep_alive.handle_received(Instant::now());
            }
            let mut input = &mut buffer[..len];
            let visited = self.visit_events(&mut input, visit);
            self.inbox = Inbox::new(input);
            Poll::Ready(Ok(visited))
        })
    }

    /// Decodes until `visit` has made something, or nothing is left, or too much
    /// waits to be written.
    fn visit_events<T>(&mut self, input: &mut &mut [u8], visit: &mut Visit<'_, T>) -> Option<T> {
        while !self.is_congested() {
            let visited = match self.decoder.decode(input) {
                Ok(None) => return None,
                Ok(Some(event)) => self.visit_event(event, visit),
                Err(error) => Err(error),
            };
            match visited {
                Ok(None) => {}
                Ok(value) => return value,
                Err(error) => {
                    self.fail(error);
                    *input = &mut [];
                    return None;
                }
            }
        }
        None
    }

    fn visit_event<T>(
        &mut self,
        event: Event<'_>,
        visit: &mut Visit<'_, T>,
    ) -> Result<Option<T>, ProtocolError> {
        match event {
            Event::Close(frame) => {
                self.close.handle_received();
                // The answer repeats what the peer said (RFC 6455 section 5.5.1).
                match &frame {
                    Some(frame) => self.begin_close(frame.code, &frame.reason),
                    None => self.begin_close(CloseCode::NO_STATUS, ""),
                }
                self.peer_close = frame;
                self.phase = Phase::Answering;
                return Ok(None);
            }
            Event::Ping(payload) if !self.close.is_sent() => {
                encode_pong(payload, None, self.outbox.buffer());
            }
            _ => {}
        }
        visit(event)
    }

    /// A peer that hangs up after our close frame has ended the connection well
    /// enough.
    fn handle_end_of_input(&mut self) -> Result<(), WebSocketError> {
        self.end();
        if self.close.is_sent() {
            Ok(())
        } else {
            Err(WebSocketError::Disconnected)
        }
    }

    /// Never ready with a value: ends with an error or keeps waiting.
    fn poll_keep_alive<T>(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<T>, WebSocketError>> {
        if self.close.is_sent() {
            return Poll::Pending;
        }
        while let Some(keep_alive) = &mut self.keep_alive
            && let Some(deadline) = keep_alive.deadline()
        {
            ready!(self.timer.poll(cx, deadline));
            match keep_alive.handle_deadline(Instant::now()) {
                Due::Lost => return Poll::Ready(Err(WebSocketError::KeepAliveTimeout)),
                // What waits already is as good as a ping.
                Due::Ping if self.outbox.len() > 0 => {}
                Due::Ping => {
                    encode_ping(b"", None, self.outbox.buffer());
                    if let Poll::Ready(Err(error)) = self.poll_flush_receiving(cx) {
                        return Poll::Ready(Err(error));
                    }
                }
            }
        }
        Poll::Pending
    }

    fn end(&mut self) {
        self.phase = Phase::Ended;
        // Whoever waits to write, waits in vain.
        self.outbox.wake();
    }

    /// Writes the rest, says that nothing follows, and reads until the peer says
    /// so too: closing with unread input would reset the connection, and the peer
    /// might lose our close frame.
    fn poll_end(&mut self, cx: &mut Context<'_>, error: Option<ProtocolError>) -> Poll<()> {
        if self.poll_close_deadline(cx).is_ready() {
            return Poll::Ready(());
        }
        if matches!(self.phase, Phase::Ending(_)) {
            let flushed = ready!(self.poll_flush_receiving(cx));
            if flushed.is_err() || ready!(Pin::new(&mut self.io).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.phase = Phase::Draining(error);
        }
        scratch::with_buffer(|buffer| {
            loop {
                let mut read = ReadBuf::new(buffer);
                match ready!(Pin::new(&mut self.io).poll_read(cx, &mut read)) {
                    Ok(()) if !read.filled().is_empty() => {}
                    _ => return Poll::Ready(()),
                }
            }
        })
    }

    fn poll_close_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.close_deadline {
            Some(deadline) => self.timer.poll(cx, deadline),
            None => Poll::Pending,
        }
    }

    fn poll_flush_receiving(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        self.poll_write_out(cx, Side::Receiver)
    }

    /// Writes all, unless the peer takes too long.
    fn poll_write_out(
        &mut self,
        cx: &mut Context<'_>,
        side: Side,
    ) -> Poll<Result<(), WebSocketError>> {
        if let Poll::Ready(flushed) = self.outbox.poll_flush(&mut self.io, cx, side) {
            self.stall.clear();
            return Poll::Ready(flushed.map_err(WebSocketError::Io));
        }
        ready!(self.stall.poll(cx, side, self.outbox.total_written()));
        self.end();
        Poll::Ready(Err(WebSocketError::SendTimeout))
    }

    fn is_congested(&self) -> bool {
        self.outbox.len() >= self.write_buffer_limit.max(1)
    }

    fn check_open(&self) -> Result<(), WebSocketError> {
        if self.close.is_sent() || matches!(self.phase, Phase::Ended) {
            Err(WebSocketError::Closed)
        } else {
            Ok(())
        }
    }
}
