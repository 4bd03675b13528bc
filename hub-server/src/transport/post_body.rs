//! The body of a POST, read within limits of size and time.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{FutureExt, StreamExt};
use http_body::Body as _;
use tokio::time::{Instant, timeout};

/// Bytes a second that a body brings at least, averaged over the stall timeout,
/// as with the reference's host.
const MINIMUM_RATE: f64 = 240.0;

/// How long the rest of a refused body is still taken, so that a client that
/// reads only when it has written gets to see the answer; as with the
/// reference's host.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// What a body may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostLimits {
    pub(crate) maximum_size: usize,
    pub(crate) stall_timeout: Duration,
}

/// Why a POST failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostError {
    /// The connection has ended meanwhile.
    Closed,
    /// The body broke off or came too slowly.
    Incomplete,
    /// The body is longer than allowed.
    TooLong,
}

/// A body on its way.
pub(crate) struct PostBody {
    pieces: BodyDataStream,
    limits: PostLimits,
    /// What may still come.
    left: usize,
    /// What came, and how long it was waited for, since the rate was last kept.
    recent: usize,
    waited: Duration,
}

impl PostBody {
    pub(crate) fn new(body: Body, limits: PostLimits) -> Self {
        Self {
            pieces: body.into_data_stream(),
            limits,
            left: limits.maximum_size,
            recent: 0,
            waited: Duration::ZERO,
        }
    }

    /// Whether the length that is announced is too much already.
    pub(crate) fn is_too_long(&self) -> bool {
        let announced = usize::try_from(self.pieces.size_hint().lower());
        announced.map_or(true, |len| len > self.left)
    }

    /// The next piece. Waits for the client only: the time between two calls does
    /// not count.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, PostError>> {
        let piece = match self.pieces.next().now_or_never() {
            Some(piece) => piece?,
            None => match self.wait().await {
                Ok(piece) => piece?,
                Err(error) => return Some(Err(error)),
            },
        };
        Some(piece.map_err(|_| PostError::Incomplete).and_then(|piece| {
            self.count(piece.len())?;
            Ok(piece)
        }))
    }

    async fn wait(&mut self) -> Result<Option<Result<Bytes, axum::Error>>, PostError> {
        let start = Instant::now();
        let patience = self.limits.stall_timeout.saturating_sub(self.waited);
        let piece = timeout(patience, self.pieces.next()).await;
        self.waited += start.elapsed();
        piece.map_err(|_| PostError::Incomplete)
    }

    fn count(&mut self, len: usize) -> Result<(), PostError> {
        self.left = self.left.checked_sub(len).ok_or(PostError::TooLong)?;
        self.recent += len;
        if self.recent as f64 >= MINIMUM_RATE * self.limits.stall_timeout.as_secs_f64() {
            self.recent = 0;
            self.waited = Duration::ZERO;
        }
        Ok(())
    }

    /// Takes what still comes of a refused body, for a while, without holding up
    /// the answer.
    pub(crate) fn discard(mut self) {
        if self.pieces.is_end_stream() {
            return;
        }
        let mut left = self.limits.maximum_size;
        let rest = async move {
            while let Some(Ok(piece)) = self.pieces.next().await {
                match left.checked_sub(piece.len()) {
                    Some(rest) => left = rest,
                    None => break,
                }
            }
        };
        tokio::spawn(timeout(DISCARD_TIME, rest));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const LIMITS: PostLimits = PostLimits {
        maximum_size: 10_000,
        stall_timeout: Duration::from_secs(5),
    };

    /// A body of pieces of this length, one every so often.
    fn slow(len: usize, every: Duration) -> PostBody {
        let pieces = stream::repeat(len).then(move |len| async move {
            tokio::time::sleep(every).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; len]))
        });
        PostBody::new(Body::from_stream(pieces), LIMITS)
    }

    /// Reads to the end: how much came, and why it was not more.
    async fn read(body: &mut PostBody) -> (usize, Option<PostError>) {
        let mut len = 0;
        loop {
            match body.next().await {
                Some(Ok(piece)) => len += piece.len(),
                Some(Err(error)) => return (len, Some(error)),
                None => return (len, None),
            }
        }
    }

    #[tokio::test]
    async fn the_announced_length_is_looked_at_first() {
        let body = |len| PostBody::new(Body::from(vec![0; len]), LIMITS);
        assert!(body(10_001).is_too_long());
        let mut longest = body(10_000);
        assert!(!longest.is_too_long());
        assert_eq!(read(&mut longest).await, (10_000, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_cut_off() {
        let end = read(&mut slow(300, SECOND)).await;
        assert_eq!(end, (9_900, Some(PostError::TooLong)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_or_stops_is_given_up() {
        let start = Instant::now();
        let end = read(&mut slow(200, SECOND)).await;
        assert_eq!(end, (1_000, Some(PostError::Incomplete)));
        assert_eq!(start.elapsed(), 5 * SECOND);
        let end = read(&mut slow(1, 100 * SECOND)).await;
        assert_eq!(end, (0, Some(PostError::Incomplete)));
        assert_eq!(start.elapsed(), 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_client_is_hurried() {
        let mut body = slow(300, 2 * SECOND);
        for _ in 0..2 {
            assert!(matches!(body.next().await, Some(Ok(_))));
            tokio::time::sleep(60 * SECOND).await;
        }
    }
}
