//! Errors by the names that detailed errors show.

use std::fmt;

/// A plain error: clients see it only with detailed errors.
#[derive(Debug)]
pub(crate) struct InvalidOperationException(pub(crate) String);

impl fmt::Display for InvalidOperationException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidOperationException {}

/// The error of a method that lets its cancellation pass.
#[derive(Debug)]
pub(crate) struct TaskCanceledException;

impl fmt::Display for TaskCanceledException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A task was canceled.")
    }
}

impl std::error::Error for TaskCanceledException {}
