use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts, node};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "conformance",
    about: "the recorded behaviour of ASP.NET Core SignalR",
    run,
};

/// Areas of scenarios that have to pass by now.
const AREAS: &str = "auth|binding|clientresults|context|functional|groups|handshake|http2|invocation|\
                     json|keepalive|lifecycle|limits|longpolling|messagepack|negotiate|reconnect|\
                     sse|streaming|uploads|websockets";

/// `CONFORMANCE_FILTER` runs other scenarios, to work on what is not done yet.
fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let kit = workspace.path("tests/conformance");
    node::install(workspace, &kit)?;
    let filter = std::env::var("CONFORMANCE_FILTER").unwrap_or_else(|_| format!("^({AREAS})/"));
    let server = conformance_server::start(workspace, STEP.name)?;
    let mut check = Task::new(workspace, STEP.name, "node")
        .args([
            "run.mjs",
            "check",
            "--url",
            server.url(),
            "--filter",
            &filter,
        ])
        .in_folder(&kit);
    if let Some(url) = server.tls_url() {
        check = check.args(["--tls", url]);
    }
    if conformance_server::is_another() {
        check = check.args(["--as-reference"]);
    }
    check.run_tests(counts::of_last_line).map(Outcome::Passed)
}
