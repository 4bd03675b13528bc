use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::workspace::Workspace;

/// Where a program is; Debian's `package` with it is installed where it is
/// missing and root or sudo allows.
pub(crate) fn install(
    workspace: &Workspace,
    program: &str,
    package: &str,
) -> Result<PathBuf, Failure> {
    if let Some(found) = find(program) {
        return Ok(found);
    }
    let prefix = privileged().ok_or_else(|| {
        Failure::new(format!(
            "{program} is missing, and without root or sudo it cannot be installed"
        ))
    })?;
    for arguments in [
        &["apt-get", "update"][..],
        &[
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            package,
        ],
    ] {
        let words = prefix.iter().chain(arguments);
        Task::new(workspace, package, "env")
            .args(["DEBIAN_FRONTEND=noninteractive"])
            .args(words)
            .run()
            .context(format_args!("installing {package}"))?;
    }
    find(program).ok_or_else(|| Failure::new(format!("{package} was installed without {program}")))
}

/// Servers are where only root looks for programs.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
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
