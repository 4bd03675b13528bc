//! `cargo xtask test` runs every test of the project: what cargo can test by
//! itself, and the judges from outside (other people's clients, suites and
//! recordings), with whatever has to be installed for them.

mod command;
mod failure;
mod report;
mod server;
mod source;
mod step;
mod steps;
mod tools;
mod workspace;

use std::process::ExitCode;

use crate::step::Step;
use crate::workspace::Workspace;

const USAGE: &str = "usage:
  cargo xtask test            run every step
  cargo xtask test STEP...    run these steps
  cargo xtask list            name the steps";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, names)) if command == "test" => match chosen(names) {
            Ok(steps) => test(&steps),
            Err(unknown) => usage(&format!("there is no step '{unknown}'")),
        },
        Some((command, [])) if command == "list" => list(),
        _ => usage(""),
    }
}

fn chosen(names: &[String]) -> Result<Vec<Step>, &str> {
    if names.is_empty() {
        return Ok(steps::ALL.to_vec());
    }
    let by_name = |name: &String| steps::ALL.iter().find(|step| step.name == name).copied();
    names
        .iter()
        .map(|name| by_name(name).ok_or(name.as_str()))
        .collect()
}

fn test(steps: &[Step]) -> ExitCode {
    let workspace = Workspace::locate();
    let results: Vec<_> = steps
        .iter()
        .map(|step| {
            report::announce(step);
            step.perform(&workspace)
        })
        .collect();
    report::summarize(&results);
    if results.iter().any(step::StepResult::failed) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn list() -> ExitCode {
    for step in steps::ALL {
        println!("{:14} {}", step.name, step.about);
    }
    ExitCode::SUCCESS
}

fn usage(problem: &str) -> ExitCode {
    if !problem.is_empty() {
        eprintln!("{problem}");
    }
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
