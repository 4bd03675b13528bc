use std::path::Path;

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts, debian};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "java-client",
    about: "the official Java client",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let folder = workspace.path("tests/interop/java");
    if let Err(missing) = prepare(workspace, &folder) {
        return Ok(Outcome::Skipped(missing.to_string()));
    }
    Task::new(workspace, "java-client-build", "mvn")
        .args(["--batch-mode", "--quiet", "compile"])
        .in_folder(&folder)
        .run()?;
    let server = conformance_server::start(workspace, STEP.name)?;
    Task::new(workspace, STEP.name, "java")
        .args(["-cp", "target/classes:target/libraries/*", "interop.Main"])
        .in_folder(&folder)
        .env("HUB_URL", server.url())
        .run_tests(counts::of_last_line)
        .map(Outcome::Passed)
}

/// What may not be had: the compiler and the packages of the client. When they
/// are there, nothing excuses a build that fails.
fn prepare(workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    debian::install(workspace, "javac", "default-jdk-headless")?;
    debian::install(workspace, "mvn", "maven")?;
    Task::new(workspace, "java-client-packages", "mvn")
        .args(["--batch-mode", "--quiet", "dependency:resolve"])
        .in_folder(folder)
        .quiet()
        .run()
        .context("no packages for the Java client")?;
    Ok(())
}
