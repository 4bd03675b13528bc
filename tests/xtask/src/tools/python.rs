use std::fs;
use std::path::PathBuf;

use super::stamp::Stamp;
use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::workspace::Workspace;

/// Installs the packages of `requirements`, a path in the workspace, into a
/// virtual environment of their own and returns its folder of programs.
pub(crate) fn install(
    workspace: &Workspace,
    name: &str,
    requirements: &str,
) -> Result<PathBuf, Failure> {
    let requirements = workspace.path(requirements);
    let environment = workspace.tool(name);
    let programs = environment.join("bin");
    let stamp = Stamp::of(&requirements, &environment)?;
    if stamp.is_current() {
        return Ok(programs);
    }
    if environment.exists() {
        fs::remove_dir_all(&environment).context(environment.display())?;
    }
    Task::new(workspace, "pip", "python3")
        .args(["-m", "venv"])
        .args([&environment])
        .run()
        .context(format_args!(
            "making a virtual environment for {name} (Debian: python3-venv)"
        ))?;
    Task::new(workspace, "pip", programs.join("pip"))
        .args([
            "install",
            "--disable-pip-version-check",
            "--quiet",
            "--requirement",
        ])
        .args([&requirements])
        .run()
        .context(format_args!("installing {}", requirements.display()))?;
    stamp.renew()?;
    Ok(programs)
}
