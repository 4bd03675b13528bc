use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{chromium, conformance_server, counts, node};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "browser-client",
    about: "the official JavaScript client in Chromium",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    // Its tests use the browser and the client that those of others have.
    for folder in ["browser", "javascript"] {
        node::install(workspace, &workspace.path("tests/interop").join(folder))?;
    }
    let chromium = chromium::install(workspace)?;
    let server = conformance_server::start(workspace, STEP.name)?;
    let folder = workspace.path("tests/interop/browser-client");
    node::tests(workspace, STEP.name, &folder)
        .env("HUB_URL", server.url())
        .env("CHROMIUM", chromium)
        .run_tests(counts::of_node)
        .map(Outcome::Passed)
}
