//! How a type of a method's signature was recognised.
//!
//! Values of these types are never made and the types seldom named: the compiler
//! infers them, which is what lets arguments, framework parameters, values and
//! streams stand in one signature without wrappers. `#[hub]` names [`Async`], and
//! leaves the rest to the compiler, whose errors are then about the type that does
//! not fit.

/// A parameter that the client sends.
#[derive(Debug)]
pub enum Argument {}

/// A parameter that the framework supplies.
#[derive(Debug)]
pub enum Framework {}

/// An async function, whose output was recognised by `O`.
#[derive(Debug)]
pub struct Async<O>(std::marker::PhantomData<O>);

/// A function that returns a stream at once, whose items were recognised by `I`.
#[derive(Debug)]
pub struct Direct<I>(std::marker::PhantomData<I>);

/// A value that is the result.
#[derive(Debug)]
pub enum Value {}

/// A `Result` of a value or an error.
#[derive(Debug)]
pub enum Fallible {}

/// A `Result` whose error is no `HubError` and cannot become one. It is never
/// chosen: being possible beside [`Value`], it makes such a method an error.
#[derive(Debug)]
pub enum ErrorIsNoHubError {}

/// A stream, whose items were recognised by `I`.
#[derive(Debug)]
pub struct Stream<I>(std::marker::PhantomData<I>);

/// A `Result` of a stream or an error.
#[derive(Debug)]
pub struct FallibleStream<I>(std::marker::PhantomData<I>);

/// A stream or none.
#[derive(Debug)]
pub struct OptionalStream<I>(std::marker::PhantomData<I>);
