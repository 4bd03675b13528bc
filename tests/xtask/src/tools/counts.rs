//! What the runners say about how many tests there were.

/// Of `cargo test`: the sum over all test programs.
pub(crate) fn of_cargo(output: &str) -> String {
    let mut sums = [("passed", 0), ("failed", 0), ("ignored", 0)];
    for line in output
        .lines()
        .filter(|line| line.starts_with("test result: "))
    {
        for part in line.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(kind)) = (words.next().map(str::parse::<u32>), words.next())
            else {
                continue;
            };
            if let Some((_, sum)) = sums.iter_mut().find(|(name, _)| *name == kind) {
                *sum += count;
            }
        }
    }
    let [(_, passed), (_, failed), (_, ignored)] = sums;
    format!("{passed} passed, {failed} failed, {ignored} ignored")
}

/// Of `node --test`.
pub(crate) fn of_node(output: &str) -> String {
    let last = |kind: &str| {
        output
            .lines()
            .rev()
            .find_map(|line| line.split_once(kind)?.1.parse::<u32>().ok())
            .unwrap_or(0)
    };
    format!(
        "{} passed, {} failed, {} skipped",
        last(" pass "),
        last(" fail "),
        last(" skipped ")
    )
}

/// Of our own runners, whose last line says it.
pub(crate) fn of_last_line(output: &str) -> String {
    output.lines().next_back().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_test_programs_of_cargo_are_summed() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n";
        assert_eq!(of_cargo(output), "5 passed, 1 failed, 1 ignored");
    }

    #[test]
    fn the_summary_of_node_is_at_the_end() {
        let output = "✔ they fail 3 times (1ms)\nℹ tests 7\nℹ pass 5\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\n";
        assert_eq!(of_node(output), "5 passed, 1 failed, 1 skipped");
    }
}
