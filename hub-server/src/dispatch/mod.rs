//! From a message to the application's code and back.
//!
//! What a method takes and returns is worked out from its types once, when it
//! is registered; a call is then bound, run and answered without another look
//! at them.

mod call;
mod method;
mod output;
mod parameter;
mod runtime;
mod upload;
pub mod via;

pub(crate) use call::{
    BoxedCall, BoxedStream, CallId, ReplySink, ReplyWriter, Running, StreamFailure,
};
pub use method::Method;
pub(crate) use method::{MethodInfo, MethodTable, StartError};
pub use output::{Output, Returns, StreamOutput};
pub use parameter::Parameter;
pub(crate) use runtime::{Dispatch, Dispatcher, HookFuture, HubRuntime, NewCall, StartedCall};
pub use upload::StreamArg;
pub(crate) use upload::{Upload, UploadEnd};
