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

/// How much of what was written may be kept in front of what was not.
const RECLAIM_FROM: usize = 64 * 1024;

/// Frames that are encoded and not written. Holds no memory when empty.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    written: usize,
    /// Ever.
    total_written: u64,
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

    /// Bytes that the transport has ever taken.
    pub(super) fn total_written(&self) -> u64 {
        self.total_written
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
                len => self.advance(len),
            }
        }
        self.bytes = Vec::new();
        self.written = 0;
        ready!(Pin::new(io).poll_flush(cx))?;
        self.needs_flush = false;
        Poll::Ready(Ok(()))
    }

    /// A peer that never takes everything must not keep what it took. What moves
    /// is no more than what went out since the last time.
    fn advance(&mut self, len: usize) {
        self.written += len;
        self.total_written += len as u64;
        if self.written >= RECLAIM_FROM && self.written >= self.len() {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }

    /// Wakes whoever waits.
    pub(super) fn wake(&mut self) {
        for waker in self.waiting.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Takes all but the last byte of each write, and the rest of the offer at the
    /// next attempt.
    #[derive(Default)]
    struct LeavesOneByte {
        is_full: bool,
    }

    impl AsyncWrite for LeavesOneByte {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.is_full = !self.is_full;
            match (self.is_full, bytes.len()) {
                (true, 2..) => Poll::Ready(Ok(bytes.len() - 1)),
                _ => Poll::Pending,
            }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_was_written_is_not_kept() {
        let (mut outbox, mut io) = (Outbox::default(), LeavesOneByte::default());
        for _ in 0..1_000 {
            outbox.buffer().extend_from_slice(&[0; RECLAIM_FROM / 4]);
            poll_fn(|cx| {
                let flushed = outbox.poll_flush(&mut io, cx, Side::Sender);
                assert!(flushed.is_pending());
                Poll::Ready(())
            })
            .await;
        }
        assert_eq!(outbox.len(), 1);
        assert!(outbox.bytes.capacity() <= 4 * RECLAIM_FROM);
    }
}
