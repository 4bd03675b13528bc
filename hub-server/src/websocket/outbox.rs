use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;

/// Who waits for the outbox. The receiving half writes pongs, so with a split
/// socket two tasks may wait, of which the transport wakes only the last.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Receiver,
    Sender,
}

/// Frames that are encoded and not written. Holds no memory when empty.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    needs_flush: bool,
    waiting: [Option<Waker>; 2],
}

impl Outbox {
    /// Where frames are appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        self.needs_flush = true;
        &mut self.bytes
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Writes all and flushes.
    pub(super) fn poll_flush<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        side: Side,
    ) -> Poll<io::Result<()>> {
        if !self.needs_flush {
            return Poll::Ready(Ok(()));
        }
        let result = self.poll_write_all(io, cx);
        match &result {
            Poll::Pending => self.waiting[side as usize] = Some(cx.waker().clone()),
            Poll::Ready(_) => self.wake(),
        }
        result
    }

    fn poll_write_all<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            let rest = &self.bytes[self.written..];
            match ready!(Pin::new(&mut *io).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                len => self.written += len,
            }
        }
        self.bytes = Vec::new();
        self.written = 0;
        ready!(Pin::new(io).poll_flush(cx))?;
        self.needs_flush = false;
        Poll::Ready(Ok(()))
    }

    fn wake(&mut self) {
        for waker in self.waiting.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
    }
}
