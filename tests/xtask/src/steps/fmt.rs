use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "fmt",
    about: "the format of all Rust code",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    Task::cargo(workspace, "fmt")
        .args(["fmt", "--all", "--check"])
        .run()?;
    Ok(Outcome::Passed(String::new()))
}
