//! Medians and ratios, as a table in Markdown.

use crate::Outcome;
use crate::contenders::{BASELINES, Contender};
use crate::generator::Sample;
use crate::scenarios::Scenario;

pub(crate) fn render(
    scenario: &Scenario,
    contenders: &[Contender],
    outcomes: &[Outcome],
) -> String {
    let baselines: Vec<(&str, Option<f64>)> = BASELINES
        .iter()
        .filter_map(|name| {
            let position = contenders.iter().position(|c| c.label == *name)?;
            Some((*name, outcomes[position].as_deref().ok().map(figure)))
        })
        .collect();
    let mut table = format!(
        "### {}\n\n| | {} | lowest to highest |",
        scenario.title, scenario.unit
    );
    for (name, _) in &baselines {
        table.push_str(&format!(" ÷ {name} |"));
    }
    table.push_str(" server CPU | generator CPU |\n|---|---:|---:|");
    table.push_str(&"---:|".repeat(baselines.len() + 2));
    table.push('\n');
    for (contender, outcome) in contenders.iter().zip(outcomes) {
        table.push_str(&row(contender, outcome, &baselines));
    }
    table
}

fn row(contender: &Contender, outcome: &Outcome, baselines: &[(&str, Option<f64>)]) -> String {
    let label = &contender.label;
    let samples = match outcome {
        Ok(samples) => samples,
        Err(error) => {
            // A cell ends at a bar, a row at a line's end.
            let error = error.replace(['\n', '|'], " ");
            return format!(
                "| {label} | failed: {error} |{}\n",
                " - |".repeat(baselines.len() + 3)
            );
        }
    };
    let own = figure(samples);
    let figures = || samples.iter().map(|sample| sample.figure);
    let mut row = format!(
        "| {label} | {} | {} to {} |",
        grouped(own),
        grouped(figures().fold(f64::INFINITY, f64::min)),
        grouped(figures().fold(0.0, f64::max)),
    );
    for (_, baseline) in baselines {
        match baseline {
            Some(baseline) => row.push_str(&format!(" {:.2} |", own / baseline)),
            None => row.push_str(" - |"),
        }
    }
    for share in [|s: &Sample| s.server_cpu, |s: &Sample| s.generator_cpu] {
        match median(samples.iter().filter_map(share)) {
            Some(share) => row.push_str(&format!(" {share:.0} % |")),
            None => row.push_str(" - |"),
        }
    }
    row.push('\n');
    row
}

fn figure(samples: &[Sample]) -> f64 {
    median(samples.iter().map(|sample| sample.figure)).unwrap_or(f64::NAN)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values[values.len() / 2 - 1] + upper) / 2.0)
}

/// A whole number with its thousands apart: 1,234,567.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use crate::scenarios;

    fn contender(label: &str) -> Contender {
        Contender {
            label: label.to_owned(),
            command: String::new(),
            path: String::new(),
            protocol: "raw",
        }
    }

    fn samples(figures: &[f64]) -> Outcome {
        let sample = |figure: &f64| Sample {
            figure: *figure,
            server_cpu: Some(99.0),
            generator_cpu: None,
        };
        Ok(figures.iter().map(sample).collect())
    }

    fn rows(outcomes: &[Outcome]) -> Vec<String> {
        let scenario = &scenarios::all(&Arguments::default())[0];
        let contenders = ["axum-ws", "axum-ws-tuned", "hub, JSON"].map(contender);
        let table = render(scenario, &contenders, outcomes);
        table.lines().skip(4).map(str::to_owned).collect()
    }

    #[test]
    fn ratios_are_of_medians() {
        let outcomes = [
            samples(&[500.0]),
            samples(&[1000.0]),
            samples(&[9000.0, 1500.0, 1400.0]),
        ];
        let hub = "| hub, JSON | 1,500 | 1,400 to 9,000 | 1.50 | 3.00 | 99 % | - |";
        assert_eq!(rows(&outcomes)[2], hub);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
    }

    #[test]
    fn whoever_failed_gets_no_figure_and_lends_none() {
        let outcomes = [
            samples(&[500.0]),
            Err("cut | off\nhere".to_owned()),
            samples(&[1000.0]),
        ];
        let rows = rows(&outcomes);
        assert_eq!(
            rows[1],
            "| axum-ws-tuned | failed: cut   off here | - | - | - | - | - |"
        );
        assert_eq!(
            rows[2],
            "| hub, JSON | 1,000 | 1,000 to 1,000 | - | 2.00 | 99 % | - |"
        );
    }
}
