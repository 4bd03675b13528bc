use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::workspace::Workspace;

/// One named part of the tests. A new one is a file in `steps` and a line in
/// `steps::ALL`.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// One line for `cargo xtask list`.
    pub(crate) about: &'static str,
    pub(crate) run: fn(&Workspace) -> Result<Outcome, Failure>,
}

/// How a step that did not fail came out.
pub(crate) enum Outcome {
    /// With counts, where there are any.
    Passed(String),
    /// With the reason. Only for what one judge needs and cannot be had
    /// everywhere; anything else that is missing is a failure.
    Skipped(String),
}

/// A step that was run.
pub(crate) struct StepResult {
    pub(crate) name: &'static str,
    pub(crate) outcome: Result<Outcome, Failure>,
    pub(crate) took: Duration,
}

impl Step {
    pub(crate) fn perform(&self, workspace: &Workspace) -> StepResult {
        let started = Instant::now();
        let outcome = (self.run)(workspace);
        StepResult {
            name: self.name,
            outcome,
            took: started.elapsed(),
        }
    }
}

impl StepResult {
    pub(crate) fn failed(&self) -> bool {
        self.outcome.is_err()
    }
}
