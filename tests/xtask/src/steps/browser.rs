//! The page of the echo example in headless Chromium: with the official client,
//! over TLS too, and with our own script, which it uses where npm has installed
//! nothing.

use std::path::Path;
use std::process::Command;

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::server::Server;
use crate::step::{Outcome, Step};
use crate::tools::{chromium, counts, node};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "browser",
    about: "the echo example's page in Chromium",
    run,
};

struct Client {
    name: &'static str,
    /// What the echo program is told so that its page uses this client.
    flags: &'static [&'static str],
}

const CLIENTS: [Client; 2] = [
    Client {
        name: "official",
        flags: &[],
    },
    Client {
        name: "own",
        flags: &["--no-npm"],
    },
];

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let tests = workspace.path("tests/interop/browser");
    node::install(workspace, &tests)?;
    node::install(workspace, &workspace.path("examples/echo/web"))?;
    let chromium = chromium::install(workspace)?;
    Task::cargo(workspace, "browser-build")
        .args(["build", "--release", "--locked", "-p", "echo"])
        .run()?;
    let mut details = Vec::new();
    for client in &CLIENTS {
        let counted = drive(workspace, client, &tests, &chromium)
            .context(format_args!("with the {} client", client.name))?;
        details.push(format!("{}: {counted}", client.name));
    }
    Ok(Outcome::Passed(details.join("; ")))
}

fn drive(
    workspace: &Workspace,
    client: &Client,
    tests: &Path,
    chromium: &Path,
) -> Result<String, Failure> {
    let log = format!("browser-{}", client.name);
    let program = workspace.release_program("echo");
    let mut echo = Command::new(&program);
    echo.args(["--listen", "127.0.0.1:0"]).args(client.flags);
    let server = Server::start(workspace, &format!("{log}-server"), echo)?;
    let mut test = node::tests(workspace, &log, tests);
    if client.flags.is_empty() {
        // What is tested over TLS needs the official client.
        test = test.env("ECHO_PROGRAM", program);
    }
    test.env("ECHO_URL", server.url())
        .env("EXPECT_CLIENT", client.name)
        .env("CHROMIUM", chromium)
        .env("SCREENSHOT_DIR", workspace.artifacts("screenshots")?)
        .run_tests(counts::of_node)
}
