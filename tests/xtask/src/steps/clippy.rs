use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "clippy",
    about: "no warning of the compiler and of clippy",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    Task::cargo(workspace, "clippy")
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .run()?;
    Ok(Outcome::Passed(String::new()))
}
