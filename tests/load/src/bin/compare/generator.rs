//! One run of `loadgen`, and whether its report may be believed.

use std::process::{Command, Output};

use serde_json::Value;

use crate::arguments::Arguments;
use crate::contenders::{self, Contender};
use crate::scenarios::Scenario;
use crate::server::Server;

/// What one run gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The scenario's figure.
    pub(crate) figure: f64,
    /// Per cent of one CPU, where the run tells.
    pub(crate) server_cpu: Option<f64>,
    pub(crate) generator_cpu: Option<f64>,
}

pub(crate) fn run(
    scenario: &Scenario,
    contender: &Contender,
    server: &Server,
    arguments: &Arguments,
) -> Result<Sample, String> {
    let mut command = Command::new(contenders::sibling("loadgen")?);
    command
        .args(&scenario.workload)
        .args([
            "--url",
            &format!("ws://{}{}", server.address, contender.path),
        ])
        .args(["--proto", contender.protocol])
        .args(["--pid", &server.id().to_string()])
        .arg("--json");
    if let Some(cpu) = arguments.generator_cpu {
        command.args(["--cpu", &cpu.to_string()]);
    }
    let output = command
        .output()
        .map_err(|error| format!("loadgen: {error}"))?;
    judge(scenario.figure, &output)
}

fn judge(figure: &str, output: &Output) -> Result<Sample, String> {
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("loadgen's report: {error}"))?;
    sample(figure, &report)
}

/// The figure of a run without a single error.
fn sample(figure: &str, report: &Value) -> Result<Sample, String> {
    let number = |key: &str| report.get(key).and_then(Value::as_f64);
    match number("errors") {
        Some(0.0) => {}
        Some(errors) => {
            return Err(format!("{errors} errors: {}", faults(report)));
        }
        None => return Err("no count of errors".to_owned()),
    }
    for promise in ["complete", "ordered"] {
        if report
            .get(promise)
            .is_some_and(|kept| kept != &Value::Bool(true))
        {
            return Err(format!("deliveries were not {promise}"));
        }
    }
    match number(figure) {
        Some(value) if value > 0.0 => Ok(Sample {
            figure: value,
            server_cpu: number("server_cpu_pct"),
            generator_cpu: number("loadgen_cpu_pct"),
        }),
        _ => Err(format!(
            "no {figure}: nothing was done, or the run was too short"
        )),
    }
}

/// What went wrong, in the report's own words and counts.
fn faults(report: &Value) -> String {
    let texts = report.get("error_texts").and_then(Value::as_str);
    let mut faults = vec![texts.unwrap_or_default().to_owned()];
    for key in [
        "mismatches",
        "lost",
        "missing",
        "duplicates",
        "malformed",
        "out_of_order",
        "unanswered",
    ] {
        let count = report.get(key).and_then(Value::as_u64).unwrap_or(0);
        faults.push(if count > 0 {
            format!("{key} {count}")
        } else {
            String::new()
        });
    }
    faults.retain(|fault| !fault.is_empty());
    faults.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_good_report_gives_its_figure() {
        let report = json!({"errors": 0, "calls": 9.5, "complete": true, "server_cpu_pct": 99.0});
        let sample = sample("calls", &report).unwrap();
        assert_eq!(
            (sample.figure, sample.server_cpu, sample.generator_cpu),
            (9.5, Some(99.0), None)
        );
    }

    #[test]
    fn faults_are_named() {
        let report =
            json!({"errors": 3, "error_texts": "cut x1", "lost": 2, "missing": 0, "calls": 5});
        assert_eq!(
            sample("calls", &report).unwrap_err(),
            "3 errors: cut x1; lost 2"
        );
    }

    #[test]
    fn a_report_with_any_fault_gives_none() {
        for report in [
            json!({"calls": 9.5}),
            json!({"errors": 1, "error_texts": "cut x1", "calls": 9.5}),
            json!({"errors": 0, "calls": 9.5, "complete": false}),
            json!({"errors": 0, "calls": 9.5, "ordered": false}),
            json!({"errors": 0, "calls": 0.0}),
            json!({"errors": 0, "calls": null}),
        ] {
            assert!(sample("calls", &report).is_err(), "{report}");
        }
    }
}
