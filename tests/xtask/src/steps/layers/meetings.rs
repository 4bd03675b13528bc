//! Parts that only one place may bring together.

use std::fs;

use crate::failure::{Context, Failure};
use crate::source;
use crate::workspace::Workspace;

struct Rule {
    inside: &'static str,
    /// What may not all be mentioned in one file.
    together: &'static [&'static str],
    /// The places that may, as ends of paths.
    but: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        inside: "hub-server/src",
        together: &["transport::", "dispatch::", "HubProtocol"],
        but: &["connection/task.rs"],
        why: "only the connection's task knows transport, protocol and dispatcher",
    },
    Rule {
        inside: "hub-server/src",
        together: &["registry::", "backplane::"],
        but: &["lifetime.rs", "lib.rs"],
        why: "only lifetime.rs talks to both registry and backplane",
    },
];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut violations = Vec::new();
    for rule in RULES {
        for file in source::rust_files(&workspace.path(rule.inside))? {
            let allowed = rule.but.iter().any(|end| file.ends_with(end));
            let text = fs::read_to_string(&file).context(file.display())?;
            if !allowed && brings_together(rule.together, &text) {
                let shown = workspace.shown(&file);
                violations.push(format!(
                    "{shown} mentions {}: {}",
                    rule.together.join(", "),
                    rule.why
                ));
            }
        }
    }
    Ok(violations)
}

fn brings_together(words: &[&str], text: &str) -> bool {
    words
        .iter()
        .all(|word| source::code(text).any(|(_, line)| line.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::brings_together;

    #[test]
    fn comments_bring_nothing_together() {
        let words = ["registry::", "backplane::"];
        assert!(brings_together(
            &words,
            "use registry::A;\nuse backplane::B;\n"
        ));
        assert!(!brings_together(
            &words,
            "use registry::A;\n// not backplane::B\n"
        ));
    }
}
