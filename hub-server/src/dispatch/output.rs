//! What methods may return, and how it becomes an answer.

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready as poll_ready};

use futures_util::Stream;
use hub_core::EncodeValue;
use pin_project_lite::pin_project;
use serde::Serialize;

use super::call::{PlainCall, ReplyWriter, Running, StreamCall, StreamFailure};
use super::via;
use crate::HubError;

/// What a hub method returns: a future of an [`Output`], or a stream.
///
/// Implemented for async functions and for functions that return
/// `impl Stream`; there is nothing to implement by hand.
#[diagnostic::on_unimplemented(
    message = "a hub method cannot return `{Self}`",
    label = "neither an async function nor a stream",
    note = "make the function async, or return `impl Stream<Item = T> + Send`"
)]
pub trait Returns<M>: Send + 'static {
    #[doc(hidden)]
    const STREAMING: bool;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn run(self) -> Running;
}

impl<F, O> Returns<via::Async<O>> for F
where
    F: Future + Send + 'static,
    F::Output: Output<O>,
{
    const STREAMING: bool = <F::Output as Output<O>>::STREAMING;

    #[allow(private_interfaces)]
    fn run(self) -> Running {
        F::Output::run(self)
    }
}

impl<S, I> Returns<via::Direct<I>> for S
where
    S: Stream + Send + 'static,
    S::Item: StreamOutput<I>,
    I: 'static,
{
    const STREAMING: bool = true;

    #[allow(private_interfaces)]
    fn run(self) -> Running {
        stream::<Ready<S>, S, S, I>(ready(self), |stream| Ok(Some(stream)))
    }
}

/// What a hub method's future gives: a value, a stream, or a `Result` of
/// either.
///
/// Implemented for every `Serialize` type, for `Result<T, E>` where the error
/// can become a [`HubError`], for streams, and for results and options of
/// streams.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to a client",
    label = "neither `Serialize`, nor a stream, nor a `Result` of one of them",
    note = "errors must be `HubError` or convertible into it"
)]
pub trait Output<M>: Send + Sized + 'static {
    #[doc(hidden)]
    const STREAMING: bool;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running;
}

impl<T: Serialize + Send + 'static> Output<via::Value> for T {
    const STREAMING: bool = false;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        Running::Call(Box::pin(ValueCall {
            future,
            convert: Ok,
        }))
    }
}

/// A `Result` is `Serialize` when both of its types are; sent as a value it would
/// show clients `{"Err": ..}` as a success. This second way to send it leaves the
/// compiler without a choice: such a method is an error.
impl<T, E> Output<via::ErrorIsNoHubError> for Result<T, E>
where
    T: Serialize + Send + 'static,
    E: Serialize + Send + 'static,
{
    const STREAMING: bool = false;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        let convert = |result: Self| result.map_err(|_| refused());
        Running::Call(Box::pin(ValueCall { future, convert }))
    }
}

impl<T, E> Output<via::Fallible> for Result<T, E>
where
    T: Serialize + Send + 'static,
    E: Into<HubError> + Send + 'static,
{
    const STREAMING: bool = false;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        let convert = |result: Self| result.map_err(Into::into);
        Running::Call(Box::pin(ValueCall { future, convert }))
    }
}

impl<S, I> Output<via::Stream<I>> for S
where
    S: Stream + Send + 'static,
    S::Item: StreamOutput<I>,
    I: 'static,
{
    const STREAMING: bool = true;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        stream::<F, S, S, I>(future, |stream| Ok(Some(stream)))
    }
}

impl<S, E, I> Output<via::FallibleStream<I>> for Result<S, E>
where
    S: Stream + Send + 'static,
    S::Item: StreamOutput<I>,
    E: Into<HubError> + Send + 'static,
    I: 'static,
{
    const STREAMING: bool = true;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        stream::<F, Self, S, I>(future, |result| result.map(Some).map_err(Into::into))
    }
}

impl<S, I> Output<via::OptionalStream<I>> for Option<S>
where
    S: Stream + Send + 'static,
    S::Item: StreamOutput<I>,
    I: 'static,
{
    const STREAMING: bool = true;

    #[allow(private_interfaces)]
    fn run<F: Future<Output = Self> + Send + 'static>(future: F) -> Running {
        stream::<F, Self, S, I>(future, Ok)
    }
}

/// What a stream yields: values, or results of values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an item of a stream to a client",
    label = "neither `Serialize` nor a `Result` of a `Serialize` type",
    note = "errors must be `HubError` or convertible into it"
)]
pub trait StreamOutput<M>: Send + 'static {
    #[doc(hidden)]
    fn with<R>(self, write: impl FnOnce(&dyn EncodeValue) -> R) -> Result<R, HubError>;
}

impl<T: Serialize + Send + 'static> StreamOutput<via::Value> for T {
    fn with<R>(self, write: impl FnOnce(&dyn EncodeValue) -> R) -> Result<R, HubError> {
        Ok(write(&self))
    }
}

/// As for [`Output`]: no `Result` whose error is no [`HubError`].
impl<T, E> StreamOutput<via::ErrorIsNoHubError> for Result<T, E>
where
    T: Serialize + Send + 'static,
    E: Serialize + Send + 'static,
{
    fn with<R>(self, write: impl FnOnce(&dyn EncodeValue) -> R) -> Result<R, HubError> {
        let item = self.map_err(|_| refused())?;
        Ok(write(&item))
    }
}

/// Whoever names [`via::ErrorIsNoHubError`] gets no further than this.
fn refused() -> HubError {
    HubError::internal("InvalidCastException", "the error is no HubError")
}

impl<T, E> StreamOutput<via::Fallible> for Result<T, E>
where
    T: Serialize + Send + 'static,
    E: Into<HubError> + Send + 'static,
{
    fn with<R>(self, write: impl FnOnce(&dyn EncodeValue) -> R) -> Result<R, HubError> {
        match self {
            Ok(item) => Ok(write(&item)),
            Err(error) => Err(error.into()),
        }
    }
}

pin_project! {
    /// A future whose output is the result.
    struct ValueCall<F, C> {
        #[pin]
        future: F,
        convert: C,
    }
}

impl<F, C, T> PlainCall for ValueCall<F, C>
where
    F: Future + Send,
    C: Fn(F::Output) -> Result<T, HubError> + Send,
    T: Serialize,
{
    fn poll(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        reply: &mut ReplyWriter<'_>,
    ) -> Poll<Result<(), HubError>> {
        let this = self.project();
        let output = poll_ready!(this.future.poll(context));
        Poll::Ready((this.convert)(output).and_then(|value| Ok(reply.result(&value)?)))
    }
}

fn stream<F, O, S, I>(future: F, open: fn(O) -> Result<Option<S>, HubError>) -> Running
where
    F: Future<Output = O> + Send + 'static,
    O: 'static,
    S: Stream + Send + 'static,
    S::Item: StreamOutput<I>,
    I: 'static,
{
    let state = StreamState::Opening { future };
    Running::Stream(Box::pin(OutputStream {
        state,
        open,
        item: PhantomData::<fn() -> I>,
    }))
}

pin_project! {
    /// A future of a stream, then the stream.
    struct OutputStream<F, O, S, I> {
        #[pin]
        state: StreamState<F, S>,
        open: fn(O) -> Result<Option<S>, HubError>,
        item: PhantomData<fn() -> I>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum StreamState<F, S> {
        Opening { #[pin] future: F },
        Open { #[pin] stream: S },
    }
}

impl<F, O, S, I> StreamCall for OutputStream<F, O, S, I>
where
    F: Future<Output = O> + Send,
    S: Stream + Send,
    S::Item: StreamOutput<I>,
{
    fn poll_item(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        reply: &mut ReplyWriter<'_>,
    ) -> Poll<Option<Result<(), StreamFailure>>> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjection::Opening { future } => {
                    let opened = (this.open)(poll_ready!(future.poll(context)));
                    match opened {
                        Ok(Some(stream)) => this.state.set(StreamState::Open { stream }),
                        Ok(None) => return failed(StreamFailure::NoStream),
                        Err(error) => return failed(StreamFailure::BeforeStream(error)),
                    }
                }
                StateProjection::Open { stream } => {
                    let Some(item) = poll_ready!(stream.poll_next(context)) else {
                        return Poll::Ready(None);
                    };
                    return match item.with(|value| reply.item(value)) {
                        Ok(Ok(())) => Poll::Ready(Some(Ok(()))),
                        Ok(Err(error)) => failed(StreamFailure::Midway(error.into())),
                        Err(error) => failed(StreamFailure::Midway(error)),
                    };
                }
            }
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, StreamState::Open { .. })
    }
}

fn failed(failure: StreamFailure) -> Poll<Option<Result<(), StreamFailure>>> {
    Poll::Ready(Some(Err(failure)))
}
