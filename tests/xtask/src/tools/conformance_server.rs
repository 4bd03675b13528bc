use std::path::PathBuf;
use std::process::Command;

use crate::command::Task;
use crate::failure::Failure;
use crate::server::Server;
use crate::workspace::Workspace;

/// A command in words that starts another conformance server than ours: with the
/// reference server there, the tests themselves are tested.
const ANOTHER: &str = "CONFORMANCE_SERVER";

/// Whether a server that is not ours is tested.
pub(crate) fn is_another() -> bool {
    std::env::var_os(ANOTHER).is_some()
}

/// Builds and starts the conformance server; `step` names its log.
pub(crate) fn start(workspace: &Workspace, step: &str) -> Result<Server, Failure> {
    let mut command = match std::env::var(ANOTHER) {
        Ok(words) => in_words(&words)?,
        Err(_) => Command::new(build(workspace, step)?),
    };
    command.args(["--http", "0", "--https", "0"]);
    Server::start(workspace, &format!("{step}-server"), command)
}

fn build(workspace: &Workspace, step: &str) -> Result<PathBuf, Failure> {
    Task::cargo(workspace, &format!("{step}-build"))
        .args(["build", "--release", "--locked", "-p", "conformance-server"])
        .run()?;
    Ok(workspace.release_program("conformance-server"))
}

fn in_words(words: &str) -> Result<Command, Failure> {
    let mut words = words.split_whitespace();
    let program = words
        .next()
        .ok_or_else(|| Failure::new(format!("{ANOTHER} is set but names no program")))?;
    let mut command = Command::new(program);
    command.args(words);
    Ok(command)
}
