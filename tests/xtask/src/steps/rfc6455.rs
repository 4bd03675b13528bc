//! The cases of the Autobahn suite for RFC 6455 and RFC 7692, run by `kosoku`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::Task;
use crate::failure::{Context, Failure};
use crate::server::Server;
use crate::step::{Outcome, Step};
use crate::tools::python;
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "rfc6455",
    about: "the raw WebSocket layer by the RFC 6455 and RFC 7692 case suite",
    run,
};

/// All there are: 301 of RFC 6455, which offer no compression, and 216 of RFC 7692.
const CASES: usize = 517;

/// Cases that run at a time. Those of compression wait much for each other's
/// messages.
const PARALLEL: &str = "4";

/// What the RFC leaves open counts as informational; anything else than these
/// two is a failure, non-strict behaviour too.
const ACCEPTED: [&str; 2] = ["OK", "INFORMATIONAL"];

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let programs = python::install(
        workspace,
        "rfc6455",
        "tests/interop/rfc6455/requirements.txt",
    )?;
    let server = start_echo(workspace)?;
    let reports = workspace.empty_artifacts("rfc6455")?;
    let address = server.url().trim_start_matches("http://");
    Task::new(workspace, "rfc6455", programs.join("kosoku"))
        .args([address, "--parallelism", PARALLEL, "--outdir"])
        .args([&reports])
        .run()?;
    judge(workspace, &reports.join("index.json"))
}

fn start_echo(workspace: &Workspace) -> Result<Server, Failure> {
    Task::cargo(workspace, "rfc6455-build")
        .args([
            "build",
            "--release",
            "--locked",
            "-p",
            "hub-server",
            "--example",
            "websocket_echo",
        ])
        .run()?;
    let mut echo = Command::new(workspace.release_program("examples/websocket_echo"));
    echo.args(["--listen", "127.0.0.1:0", "--compression"]);
    Server::start(workspace, "rfc6455-server", echo)
}

/// The runner's exit code takes non-strict behaviour for good; its report tells.
fn judge(workspace: &Workspace, report: &Path) -> Result<Outcome, Failure> {
    let text = fs::read_to_string(report).context(report.display())?;
    let verdicts = verdicts(&text);
    let bad = verdicts
        .iter()
        .filter(|verdict| !ACCEPTED.contains(verdict))
        .count();
    let good = verdicts.len() - bad;
    if bad > 0 {
        return Err(Failure::new(format!(
            "{good} passed, {bad} failed, see {}",
            workspace.shown(report)
        )));
    }
    if good != CASES {
        return Err(Failure::new(format!(
            "{good} cases were run, {CASES} are expected"
        )));
    }
    Ok(Outcome::Passed(format!("{good} passed, 0 failed")))
}

/// The behaviour of each case: the report has one member a line.
fn verdicts(report: &str) -> Vec<&str> {
    report
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix(r#""behavior": ""#)?
                .split('"')
                .next()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::verdicts;

    #[test]
    fn there_is_one_verdict_a_case() {
        let report = r#"{ "server": {
            "1.1.1": {
                "behavior": "OK",
                "behaviorClose": "OK",
                "duration": 4
            },
            "6.4.1": {
                "behavior": "NON-STRICT",
                "behaviorClose": "OK"
            }
        } }"#;
        assert_eq!(verdicts(report), ["OK", "NON-STRICT"]);
    }
}
