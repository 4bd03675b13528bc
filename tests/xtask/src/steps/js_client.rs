use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::node::judge;
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "js-client",
    about: "the official JavaScript client in Node",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    judge(workspace, &STEP, "tests/interop/javascript")
}
