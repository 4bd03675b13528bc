use std::fs;
use std::path::Path;

use super::stamp::Stamp;
use crate::command::Task;
use crate::failure::{Context, Failure};
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
