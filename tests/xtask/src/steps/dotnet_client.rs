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

/// Names of checks that are left out, as patterns, each with its reason.
const LEFT_OUT: [(&str, &str); 4] = [
    ("filters: ", "hub filters are not there yet"),
    (
        "raw: ",
        "raw connections over every transport are not there yet",
    ),
    (
        "life: .*a result that cannot be written closes it",
        "JSON has no NaN: null is written, and the connection goes on",
    ),
    (
        "stateful reconnect: .*a large result that is lost on its way",
        "its relay finds WebSockets by header names in title case, which HTTP leaves open",
    ),
];

/// No registry that these tests may use has the client, so its checks come from
/// outside: a program that takes the URL of a conformance server and a pattern
/// of the checks to run, `--filter`, and ends with `N passed, M failed`. With its
/// own arguments, in words; a filter among them is the one that counts.
fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let Ok(words) = std::env::var("DOTNET_CLIENT") else {
        return Ok(Outcome::Skipped(
            "DOTNET_CLIENT names no program with the checks: no registry here has the client"
                .to_owned(),
        ));
    };
    let mut words: Vec<_> = words.split_whitespace().collect();
    if words.is_empty() {
        return Err(Failure::new("DOTNET_CLIENT is set but names no program"));
    }
    let filter = filter();
    if !words.contains(&"--filter") {
        words.extend(["--filter", &filter]);
        for (checks, reason) in LEFT_OUT {
            println!("left out: {checks} ({reason})");
        }
    }
    let server = conformance_server::start(workspace, STEP.name)?;
    Task::new(workspace, STEP.name, words[0])
        .args(&words[1..])
        .args([server.url()])
        .run_tests(counts::of_last_line)
        .map(Outcome::Passed)
}

fn filter() -> String {
    let patterns: Vec<_> = LEFT_OUT.iter().map(|(pattern, _)| *pattern).collect();
    format!("^(?!{})", patterns.join("|"))
}
