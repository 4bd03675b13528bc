use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts, debian, node};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "proxies",
    about: "hubs behind nginx and HAProxy",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let found = debian::install(workspace, "nginx", "nginx-light")
        .and_then(|nginx| Ok((nginx, debian::install(workspace, "haproxy", "haproxy")?)));
    let (nginx, haproxy) = match found {
        Ok(found) => found,
        Err(missing) => return Ok(Outcome::Skipped(missing.to_string())),
    };
    // Its client is the one that speaks through the proxies.
    node::install(workspace, &workspace.path("tests/interop/javascript"))?;
    let server = conformance_server::start(workspace, STEP.name)?;
    node::tests(
        workspace,
        STEP.name,
        &workspace.path("tests/interop/proxies"),
    )
    .env("HUB_URL", server.url())
    .env("NGINX", nginx)
    .env("HAPROXY", haproxy)
    .run_tests(counts::of_node)
    .map(Outcome::Passed)
}
