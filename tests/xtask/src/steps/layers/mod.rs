//! Which part may know which, checked rather than promised.

mod dependencies;
mod meetings;
mod size;
mod words;

use crate::failure::Failure;
use crate::step::{Outcome, Step};
use crate::workspace::Workspace;

pub(crate) const STEP: Step = Step {
    name: "layers",
    about: "the rules of direction between crates and modules",
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let checks = [
        dependencies::check,
        words::check,
        meetings::check,
        size::check,
    ];
    let mut violations = Vec::new();
    for check in checks {
        violations.append(&mut check(workspace)?);
    }
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(Outcome::Passed(String::new())),
        many => Err(Failure::new(format!(
            "{many} violations, first: {}",
            violations[0]
        ))),
    }
}
