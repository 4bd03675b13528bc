//! What a crate may depend on, directly or not.

use crate::command::Task;
use crate::failure::Failure;
use crate::workspace::Workspace;

struct Rule {
    package: &'static str,
    /// Kinds of dependencies that count, as `cargo tree --edges` names them.
    edges: &'static str,
    never: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        package: "hub-core",
        edges: "normal,build",
        never: &[
            "async-std",
            "axum",
            "chrono",
            "getrandom",
            "http",
            "hyper",
            "mio",
            "rand",
            "rustls",
            "smol",
            "socket2",
            "time",
            "tokio",
            "tokio-tungstenite",
            "tower",
            "tungstenite",
            "uuid",
        ],
        why: "the protocol has no runtime, socket, clock or randomness",
    },
    Rule {
        package: "hub-core",
        edges: "normal,build",
        never: &["hub-server", "hub-client", "hub-macros", "protocol-spec"],
        why: "server and client depend on the protocol, never the reverse",
    },
    Rule {
        package: "hub-server",
        edges: "normal,build",
        never: &["hub-client"],
        why: "server and client never depend on each other",
    },
    Rule {
        package: "hub-client",
        edges: "normal,build",
        never: &["hub-server", "hub-macros", "axum"],
        why: "server and client never depend on each other",
    },
    Rule {
        package: "protocol-spec",
        edges: "all",
        never: &["hub-core", "hub-macros", "hub-server", "hub-client"],
        why: "the specification depends on nothing of ours",
    },
];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut violations = Vec::new();
    for rule in RULES {
        let tree = tree(workspace, rule)?;
        let broken = |name: &&&str| depends_on(&tree, name);
        violations.extend(
            rule.never
                .iter()
                .filter(broken)
                .map(|name| format!("{} depends on {name}: {}", rule.package, rule.why)),
        );
    }
    Ok(violations)
}

/// Every dependency of the package, one a line, its name first.
fn tree(workspace: &Workspace, rule: &Rule) -> Result<String, Failure> {
    Task::cargo(workspace, &format!("layers-{}", rule.package))
        .args([
            "tree", "--locked", "--prefix", "none", "--target", "all", "--edges", rule.edges,
        ])
        .args(["--package", rule.package])
        .quiet()
        .run()
}

fn depends_on(tree: &str, name: &str) -> bool {
    tree.lines()
        .any(|line| line.split(' ').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::depends_on;

    #[test]
    fn names_are_compared_whole() {
        let tree = "hub-core v0.1.0 (/hub-core)\nhttp-body v1.0.0\n";
        assert!(depends_on(tree, "http-body"));
        assert!(!depends_on(tree, "http"));
    }
}
