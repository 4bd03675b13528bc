use crate::step::{Outcome, Step, StepResult};

/// Heads the output of a step.
pub(crate) fn announce(step: &Step) {
    println!("\n=== {}: {}", step.name, step.about);
}

/// Prints the table of all results and, last, `N passed, M failed`.
pub(crate) fn summarize(results: &[StepResult]) {
    println!("\n{:14} {:8} {:>7}  detail", "step", "result", "seconds");
    for result in results {
        let (verdict, detail) = verdict(result);
        let seconds = result.took.as_secs_f64();
        let line = format!("{:14} {verdict:8} {seconds:7.1}  {detail}", result.name);
        println!("{}", line.trim_end());
    }
    println!("{}", totals(results));
}

fn verdict(result: &StepResult) -> (&'static str, String) {
    match &result.outcome {
        Ok(Outcome::Passed(detail)) => ("passed", detail.clone()),
        Ok(Outcome::Skipped(reason)) => ("skipped", reason.clone()),
        Err(failure) => ("FAILED", failure.to_string()),
    }
}

fn totals(results: &[StepResult]) -> String {
    let failed = results.iter().filter(|result| result.failed()).count();
    let skipped = results
        .iter()
        .filter(|result| matches!(result.outcome, Ok(Outcome::Skipped(_))))
        .count();
    let passed = results.len() - failed - skipped;
    match skipped {
        0 => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::failure::Failure;

    fn result(outcome: Result<Outcome, Failure>) -> StepResult {
        StepResult {
            name: "step",
            outcome,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn skipped_steps_are_counted_when_there_are_any() {
        let passed = || result(Ok(Outcome::Passed(String::new())));
        let failed = || result(Err(Failure::new("no")));
        let skipped = || result(Ok(Outcome::Skipped("not here".into())));
        assert_eq!(totals(&[passed(), failed()]), "1 passed, 1 failed");
        assert_eq!(
            totals(&[passed(), passed(), skipped()]),
            "2 passed, 0 failed, 1 skipped"
        );
    }
}
