//! A short run of every fuzz target, guided by coverage. Long runs, with an
//! address sanitizer, are made by hand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "fuzz",
    about: "a short run of every fuzz target of hub-core",
    run,
};

/// Inputs for each target; some seconds.
const RUNS: &str = "100000";

/// What cargo-fuzz would have the compiler do, as far as a stable one knows it.
/// The last lets failed assertions and overflows be found.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 --cfg fuzzing -Cdebug-assertions";

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let targets = targets(workspace)?;
    let artifacts = workspace.empty_artifacts("fuzz")?;
    let corpus = artifacts.join("corpus");
    Task::cargo(workspace, "fuzz-seeds")
        .args(["run", "--locked", "-p", "protocol-spec", "--example"])
        .args(["seeds", "--"])
        .args([&corpus])
        .run()?;
    let programs = build(workspace)?;
    for target in &targets {
        fuzz(workspace, &programs, &artifacts, target)?;
    }
    Ok(Outcome::Passed(format!("{} targets", targets.len())))
}

fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let folder = workspace.path("hub-core/fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).context(folder.display())? {
        let path = entry.context(folder.display())?.path();
        targets.extend(path.file_stem().map(|name| name.to_string_lossy().into()));
    }
    targets.sort_unstable();
    if targets.is_empty() {
        return Err(Failure::new("there are no fuzz targets"));
    }
    Ok(targets)
}

/// The folder of the programs.
fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let host = host(workspace)?;
    let folder = workspace.tool("fuzz");
    Task::cargo(workspace, "fuzz-build")
        .args(["build", "--release", "--bins"])
        .args(["--manifest-path", "hub-core/fuzz/Cargo.toml"])
        // Named, so that build scripts are built without the flags.
        .args(["--target", &host])
        .env("CARGO_TARGET_DIR", &folder)
        .env("RUSTFLAGS", FLAGS)
        .run()?;
    Ok(folder.join(host).join("release"))
}

fn host(workspace: &Workspace) -> Result<String, Failure> {
    let version = Task::cargo(workspace, "fuzz-host")
        .args(["--version", "--verbose"])
        .quiet()
        .run()?;
    let mut hosts = version
        .lines()
        .filter_map(|line| line.strip_prefix("host: "));
    let host = hosts.next();
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("cargo does not name its host"))
}

/// Whatever a target stumbles over stays in the artifacts.
fn fuzz(
    workspace: &Workspace,
    programs: &Path,
    artifacts: &Path,
    target: &str,
) -> Result<(), Failure> {
    let corpus = artifacts.join("corpus").join(target);
    fs::create_dir_all(&corpus).context(corpus.display())?;
    println!("{target}: {RUNS} runs");
    Task::new(workspace, &format!("fuzz-{target}"), programs.join(target))
        .args([&format!("-runs={RUNS}"), "-seed=1", "-max_len=4096"])
        // Seconds for one input, and MiB for all.
        .args(["-timeout=10", "-rss_limit_mb=1024"])
        .args([&format!("-artifact_prefix={}/", artifacts.display())])
        .args([&corpus])
        .quiet()
        .run()?;
    Ok(())
}
