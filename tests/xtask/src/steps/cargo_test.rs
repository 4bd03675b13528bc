use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::counts;
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "cargo",
    about: "every test that needs nothing but Rust",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    // Without --no-fail-fast one failing program would hide what the others say.
    Task::cargo(workspace, "cargo")
        .args(["test", "--workspace", "--locked", "--no-fail-fast"])
        .run_tests(counts::of_cargo)
        .map(Outcome::Passed)
}
