use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts, node};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "js-client",
    about: "the official JavaScript client in Node",
    run,
};

/// Every transport; `TRANSPORTS` names fewer.
const TRANSPORTS: &str = "WebSockets,ServerSentEvents,LongPolling";

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let folder = workspace.path("tests/interop/javascript");
    node::install(workspace, &folder)?;
    let transports = std::env::var("TRANSPORTS").unwrap_or_else(|_| TRANSPORTS.to_owned());
    let server = conformance_server::start(workspace, STEP.name)?;
    node::tests(workspace, STEP.name, &folder)
        .env("HUB_URL", server.url())
        .env("TRANSPORTS", transports)
        .run_tests(counts::of_node)
        .map(Outcome::Passed)
}
