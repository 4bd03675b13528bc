use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts, python};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "python",
    about: "the Python client pysignalr",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let programs = python::install(
        workspace,
        "pysignalr",
        "tests/interop/python/requirements.txt",
    )?;
    let server = conformance_server::start(workspace, STEP.name)?;
    Task::new(workspace, STEP.name, programs.join("python"))
        .args(["run.py"])
        .in_folder(&workspace.path("tests/interop/python"))
        .env("HUB_URL", server.url())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .run_tests(counts::of_last_line)
        .map(Outcome::Passed)
}
