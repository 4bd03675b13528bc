//! The texts with which calls fail; clients match on them, so they are the
//! reference's to the letter (`protocol-spec`, calls).

use hub_core::BindError;

use crate::HubError;
use crate::dispatch::StreamFailure;

pub(super) fn binding_failed(method: &str, error: &BindError, detailed: bool) -> String {
    let base = format!("Failed to invoke '{method}' due to an error on the server.");
    HubError::internal("InvalidDataException", error.to_string()).describe(&base, detailed)
}

pub(super) fn unknown_method(target: &str) -> String {
    format!(
        "Failed to invoke '{target}' due to an error on the server. HubException: Method does not \
         exist."
    )
}

pub(super) fn unauthorized(method: &str) -> String {
    format!("Failed to invoke '{method}' because user is unauthorized")
}

pub(super) fn streaming_called_plainly(method: &str) -> String {
    format!(
        "The client attempted to invoke the streaming '{method}' method with a non-streaming \
         invocation."
    )
}

pub(super) fn plain_called_as_stream(method: &str) -> String {
    format!(
        "The client attempted to invoke the non-streaming '{method}' method with a streaming \
         invocation."
    )
}

pub(super) fn wrong_stream_count(method: &str, sent: usize, expected: usize) -> String {
    let error = HubError::new(format!(
        "Client sent {sent} stream(s), Hub method expects {expected}."
    ));
    failed(method, &error, false)
}

pub(super) fn too_many_calls(method: &str) -> String {
    failed(method, &HubError::new("Too many calls are running."), false)
}

pub(super) fn shutting_down(method: &str) -> String {
    failed(
        method,
        &HubError::new("The server is shutting down."),
        false,
    )
}

pub(super) fn stream_id_in_use(method: &str, id: &str) -> String {
    failed(
        method,
        &HubError::new(format!("Stream ID '{id}' is already in use.")),
        false,
    )
}

pub(super) fn invocation_id_in_use(id: &str) -> String {
    format!("Invocation ID '{id}' is already in use.")
}

pub(super) fn failed(method: &str, error: &HubError, detailed: bool) -> String {
    let base = format!("An unexpected error occurred invoking '{method}' on the server.");
    error.describe(&base, detailed)
}

pub(super) fn stream_failed(method: &str, failure: &StreamFailure, detailed: bool) -> String {
    match failure {
        StreamFailure::BeforeStream(error) => failed(method, error, detailed),
        StreamFailure::NoStream => format!(
            "The value returned by the streaming method '{method}' is not a ChannelReader<> or \
             IAsyncEnumerable<>."
        ),
        StreamFailure::Midway(error) => error.describe(
            "An error occurred on the server while streaming results.",
            detailed,
        ),
    }
}

pub(super) fn connection_failed(error: &HubError, detailed: bool) -> String {
    error.describe("Connection closed with an error.", detailed)
}
