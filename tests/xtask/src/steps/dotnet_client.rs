use crate::command::Task;
use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::tools::{conformance_server, counts};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "dotnet-client",
    about: "the official .NET client, where DOTNET_CLIENT names its checks",
    run,
};

/// No registry that these tests may use has the client, so its checks come from
/// outside: a program that takes the URL of a conformance server and ends with
/// `N passed, M failed`, with its own arguments, in words.
fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let Ok(words) = std::env::var("DOTNET_CLIENT") else {
        return Ok(Outcome::Skipped(
            "DOTNET_CLIENT names no program with the checks".to_owned(),
        ));
    };
    let mut words = words.split_whitespace();
    let program = words
        .next()
        .ok_or_else(|| Failure::new("DOTNET_CLIENT is set but names no program"))?;
    let server = conformance_server::start(workspace, STEP.name)?;
    Task::new(workspace, STEP.name, program)
        .args(words)
        .args([server.url()])
        .run_tests(counts::of_last_line)
        .map(Outcome::Passed)
}
