use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "doc",
    about: "documentation without warnings or broken links",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    Task::cargo(workspace, "doc")
        .args(["doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    Ok(Outcome::Passed(String::new()))
}
