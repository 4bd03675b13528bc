use std::fs;
use std::path::Path;

use super::stamp::Stamp;
use super::{conformance_server, counts};
use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

/// Installs what the lockfile in `folder` names.
pub(crate) fn install(workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    let lockfile = folder.join("package-lock.json");
    let installed = folder.join("node_modules");
    let stamp = Stamp::of(&lockfile, &installed)?;
    if stamp.is_current() {
        return Ok(());
    }
    Task::new(workspace, "npm", "npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .in_folder(folder)
        .run()
        .context(format_args!(
            "installing the npm packages of {}",
            folder.display()
        ))?;
    // npm makes no folder where nothing is to be installed.
    fs::create_dir_all(&installed).context(installed.display())?;
    stamp.renew()
}

/// `node --test` in `folder`, to be given an environment and run.
pub(crate) fn tests<'w>(workspace: &'w Workspace, log: &str, folder: &Path) -> Task<'w> {
    Task::new(workspace, log, "node")
        .args(["--test", "--test-reporter=spec"])
        .in_folder(folder)
}

/// Every transport; `TRANSPORTS` names fewer.
const TRANSPORTS: &str = "WebSockets,ServerSentEvents,LongPolling";

/// Runs the tests in `folder`, a path in the workspace, against the conformance
/// server; `step` names the logs.
pub(crate) fn judge(workspace: &Workspace, step: &Step, folder: &str) -> Result<Outcome, Failure> {
    let folder = workspace.path(folder);
    install(workspace, &folder)?;
    let transports = std::env::var("TRANSPORTS").unwrap_or_else(|_| TRANSPORTS.to_owned());
    let server = conformance_server::start(workspace, step.name)?;
    tests(workspace, step.name, &folder)
        .env("HUB_URL", server.url())
        .env("TRANSPORTS", transports)
        .run_tests(counts::of_node)
        .map(Outcome::Passed)
}
