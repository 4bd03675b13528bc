//! Closures as handlers: from encoded arguments to user code and back.

use std::any::TypeId;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

use hub_core::{Arguments, BindError, EncodedValue, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a handler's answer is made of.
#[derive(Debug)]
pub enum HandlerAnswer {
    /// The handler returns nothing.
    NoValue,
    /// The handler's value.
    Value(EncodedValue<'static>),
    /// The handler failed, with the text for the server.
    Failed(String),
}

type HandlerFuture = Pin<Box<dyn Future<Output = HandlerAnswer> + Send>>;

/// An async closure or function that [`HubConnection::on`] accepts.
///
/// Implemented for everything of the form `Fn(A, B, ..) -> Future` with up to
/// 10 arguments, each of a type that serde can deserialize. The types of a
/// closure's arguments have to be written out. The future gives nothing
/// (`()`), a value that serde can serialize, or a `Result` of either with an
/// error that can be displayed.
///
/// ```
/// # use hub_client::{HandlerError, HubConnection};
/// # let connection = HubConnection::builder("http://localhost:5000/chat").build()?;
/// connection.on("Log", |line: String| async move { println!("{line}") });
/// connection.on("Now", || async { 12 });
/// connection.on("Half", |n: u32| async move {
///     if n % 2 == 0 { Ok(n / 2) } else { Err(HandlerError::new("odd")) }
/// });
/// # Ok::<(), hub_client::BuildError>(())
/// ```
///
/// An error that serde can serialize, such as a `String`, is refused, since it
/// could be meant as an error or as a value:
///
/// ```compile_fail
/// # use hub_client::HubConnection;
/// # let connection = HubConnection::builder("http://localhost:5000/chat").build().unwrap();
/// connection.on("Half", || async { Err::<u32, String>("odd".into()) });
/// ```
///
/// `M` is found by the compiler and never written.
///
/// [`HubConnection::on`]: crate::HubConnection::on
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handler of a hub connection",
    note = "a handler is an async closure like `|user: String, text: String| async move {{ .. }}`",
    note = "its arguments must implement `DeserializeOwned`, what it returns `Serialize`, and it \
            must be `Send + Sync + 'static` with a future that is `Send`",
    note = "in a `Result<T, E>`, `E` must implement `Display` and must not implement `Serialize`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    #[doc(hidden)]
    fn call(&self, arguments: &Arguments<'_>) -> Result<HandlerFuture, BindError>;
}

/// What a handler's future may give.
#[diagnostic::on_unimplemented(
    message = "a handler cannot answer with `{Self}`",
    note = "it may return nothing, a value that implements `Serialize`, or a `Result` of either \
            whose error implements `Display` and not `Serialize`"
)]
pub trait IntoAnswer<K> {
    #[doc(hidden)]
    fn into_answer(self, encoding: Encoding) -> HandlerAnswer;
}

/// Marks handlers that give a value.
#[derive(Debug)]
pub enum Plain {}

/// Marks handlers that give a `Result`.
#[derive(Debug)]
pub enum Fallible {}

impl<T: Serialize + 'static> IntoAnswer<Plain> for T {
    fn into_answer(self, encoding: Encoding) -> HandlerAnswer {
        if TypeId::of::<T>() == TypeId::of::<()>() {
            return HandlerAnswer::NoValue;
        }
        match EncodedValue::from_value(encoding, &self) {
            Ok(value) => HandlerAnswer::Value(value),
            Err(error) => HandlerAnswer::Failed(error.to_string()),
        }
    }
}

// Both implementations would fit a `Result` whose error can be serialized; the
// compiler then asks which one is meant, so that no `{"Err": ..}` is ever sent.
impl<T: Serialize + 'static, E: Display> IntoAnswer<Fallible> for Result<T, E> {
    fn into_answer(self, encoding: Encoding) -> HandlerAnswer {
        match self {
            Ok(value) => value.into_answer(encoding),
            Err(error) => HandlerAnswer::Failed(error.to_string()),
        }
    }
}

macro_rules! handlers {
    ($($($name:ident)*;)*) => {$(
        impl<Function, Output, K, $($name,)*> Handler<(K, $($name,)*)> for Function
        where
            Function: Fn($($name),*) -> Output + Send + Sync + 'static,
            Output: Future<Output: IntoAnswer<K>> + Send + 'static,
            $($name: DeserializeOwned,)*
        {
            #[allow(non_snake_case)]
            fn call(&self, arguments: &Arguments<'_>) -> Result<HandlerFuture, BindError> {
                let encoding = arguments.as_encoded().encoding();
                let ($($name,)*) = arguments.bind::<($($name,)*)>()?;
                let output = self($($name),*);
                Ok(Box::pin(async move { output.await.into_answer(encoding) }))
            }
        }
    )*};
}

handlers! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HandlerError;

    fn answer<M>(
        handler: &impl Handler<M>,
        json: &'static str,
    ) -> Result<HandlerAnswer, BindError> {
        let arguments = Arguments::new(EncodedValue::new(Encoding::Json, json.as_bytes()));
        handler
            .call(&arguments)
            .map(futures_util::FutureExt::now_or_never)
            .map(Option::unwrap)
    }

    fn value(answer: Result<HandlerAnswer, BindError>) -> String {
        match answer.unwrap() {
            HandlerAnswer::Value(value) => String::from_utf8(value.as_bytes().to_vec()).unwrap(),
            HandlerAnswer::NoValue => "nothing".into(),
            HandlerAnswer::Failed(error) => format!("failed: {error}"),
        }
    }

    #[test]
    fn closures_of_every_shape_are_handlers() {
        async fn sum(a: i32, b: i32) -> i32 {
            a + b
        }
        assert_eq!(value(answer(&sum, "[1,2]")), "3");
        assert_eq!(value(answer(&|| async { "x" }, "[]")), "\"x\"");
        assert_eq!(value(answer(&|_: String| async {}, "[\"a\"]")), "nothing");
        assert_eq!(
            value(answer(
                &|a: i64, _: (), c: Vec<u8>, _: f64, _: bool, _: u8, _: u8, h: u8| async move {
                    (a, c, h)
                },
                "[1,null,[2],1.5,true,6,7,8]"
            )),
            "[1,[2],8]"
        );
    }

    #[test]
    fn results_answer_with_what_they_hold() {
        let check = |n: i32| async move {
            if n > 0 {
                Ok(n)
            } else {
                Err(HandlerError::new("too small"))
            }
        };
        assert_eq!(value(answer(&check, "[1]")), "1");
        assert_eq!(value(answer(&check, "[0]")), "failed: too small");
        let nothing = || async { Ok::<(), HandlerError>(()) };
        assert_eq!(value(answer(&nothing, "[]")), "nothing");
    }

    #[test]
    fn arguments_of_other_types_do_not_reach_the_handler() {
        let handler = |_: i32| async { panic!("not reached") as () };
        assert!(answer(&handler, "[\"x\"]").is_err());
        assert!(answer(&handler, "[]").is_err());
    }
}
