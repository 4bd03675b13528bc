use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::node::judge;
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "aspnet-signalr",
    about: "the first official JavaScript client, of negotiate version 0",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    judge(workspace, &STEP, "tests/interop/aspnet-signalr")
}
