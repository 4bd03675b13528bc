//! One comparison in one go: starts the servers, lets `loadgen` at each in turn, prints tables of ratios.

mod arguments;
mod contenders;
mod generator;
mod machine;
mod scenarios;
mod server;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use arguments::Arguments;
use contenders::Contender;
use generator::Sample;
use scenarios::Scenario;
use server::Server;

/// Between two runs: a server that has just lost its connections is left alone to bury them.
const PAUSE: Duration = Duration::from_millis(500);

/// What one contender did in the rounds of one scenario; the first failure stands for all.
type Outcome = Result<Vec<Sample>, String>;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("compare: {error}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match compare(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what was asked for; `false` when a contender failed.
fn compare(arguments: &Arguments) -> Result<bool, String> {
    if cfg!(debug_assertions) {
        eprintln!("compare: a debug build; its figures mean nothing");
    }
    println!("{}", machine::description());
    let mut sound = true;
    for scenario in scenarios::all(arguments) {
        let contenders = contenders::of(&scenario, arguments)?;
        let outcomes = measure(&scenario, &contenders, arguments);
        sound &= outcomes.iter().all(Result::is_ok);
        println!("{}", table::render(&scenario, &contenders, &outcomes));
    }
    Ok(sound)
}

/// Round after round, each contender once in each, so that what disturbs the machine for a while
/// disturbs all of them.
fn measure(scenario: &Scenario, contenders: &[Contender], arguments: &Arguments) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = contenders.iter().map(|_| Ok(Vec::new())).collect();
    let mut servers = Vec::new();
    for round in 1..=scenario.rounds {
        for (contender, outcome) in contenders.iter().zip(&mut outcomes) {
            let Ok(samples) = outcome else { continue };
            if scenario.fresh_servers {
                servers.clear();
            }
            let result = server_of(contender, &mut servers, arguments)
                .and_then(|server| generator::run(scenario, contender, server, arguments));
            progress(scenario, contender, round, &result);
            match result {
                Ok(sample) => samples.push(sample),
                Err(error) => *outcome = Err(error),
            }
            std::thread::sleep(PAUSE);
        }
    }
    outcomes
}

/// The contender's server, started if it is not up: two contenders may share one.
fn server_of<'s>(
    contender: &Contender,
    servers: &'s mut Vec<(String, Server)>,
    arguments: &Arguments,
) -> Result<&'s Server, String> {
    let command = &contender.command;
    let position = match servers.iter().position(|(started, _)| started == command) {
        Some(position) => position,
        None => {
            servers.push((
                command.clone(),
                Server::start(command, arguments.server_cpu)?,
            ));
            servers.len() - 1
        }
    };
    Ok(&servers[position].1)
}

fn progress(
    scenario: &Scenario,
    contender: &Contender,
    round: usize,
    result: &Result<Sample, String>,
) {
    let (title, rounds, label) = (&scenario.title, scenario.rounds, &contender.label);
    match result {
        Ok(sample) => eprintln!(
            "{title}, round {round} of {rounds}: {label}: {}",
            table::grouped(sample.figure)
        ),
        Err(error) => eprintln!("{title}, round {round} of {rounds}: {label}: FAILED: {error}"),
    }
}
