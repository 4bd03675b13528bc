use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::workspace::Workspace;

/// The browser's program; Debian's package is installed where it is missing and
/// root or sudo allows.
pub(crate) fn install(workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let prefix = privileged().ok_or_else(|| {
        Failure::new("chromium is missing, and without root or sudo it cannot be installed")
    })?;
    for arguments in [
        &["apt-get", "update"][..],
        &[
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            "chromium",
        ],
    ] {
        let words = prefix.iter().chain(arguments);
        Task::new(workspace, "chromium", "env")
            .args(["DEBIAN_FRONTEND=noninteractive"])
            .args(words)
            .run()
            .context("installing chromium")?;
    }
    find().ok_or_else(|| Failure::new("chromium was installed and is still not found"))
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("chromium"))
        .find(|program| program.is_file())
}

/// What to put before a command to run it as root; `None` when nothing helps.
fn privileged() -> Option<&'static [&'static str]> {
    let succeeds = |program: &str, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.status.success())
    };
    let user = succeeds("id", &["-u"])?;
    if user.stdout.trim_ascii() == b"0" {
        Some(&[])
    } else {
        succeeds("sudo", &["-n", "true"]).map(|_| &["sudo", "-n"][..])
    }
}
