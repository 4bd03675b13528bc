//! What the code of a module must not mention.

use std::fs;
use std::path::Path;

use crate::failure::{Context, Failure};
use crate::source;
use crate::workspace::Workspace;

struct Rule {
    /// Folders or files from the root of the workspace.
    inside: &'static [&'static str],
    never: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        inside: &["hub-core/src"],
        never: &[
            "SystemTime::now",
            "Instant::now",
            "std::thread",
            "thread::spawn",
            "std::net",
            "std::fs",
            "TcpStream",
            "RandomState",
        ],
        why: "the protocol has no clock, thread, socket or randomness; time is an argument",
    },
    Rule {
        inside: &["hub-core/src/protocol", "hub-core/src/framing"],
        never: &["websocket", "WebSocket", "ServerSentEvents", "LongPolling"],
        why: "protocols know no transport",
    },
    Rule {
        inside: &["hub-server/src/transport", "hub-client/src/transport"],
        never: &[
            "HubMessage",
            "HubProtocol",
            "StreamInvocation",
            "StreamItem",
            "Completion",
        ],
        why: "transports carry frames and know no hub message",
    },
    Rule {
        inside: &["hub-server/src/dispatch"],
        never: &["crate::transport", "super::transport"],
        why: "the dispatcher knows no transport",
    },
];

/// Files named so hold tests.
const TEST_FILES: [&str; 2] = ["tests.rs", "tests"];

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut violations = Vec::new();
    for rule in RULES {
        for folder in rule.inside {
            for file in source::rust_files(&workspace.path(folder))? {
                if !is_test(&file) {
                    let text = fs::read_to_string(&file).context(file.display())?;
                    violations.append(&mut broken(rule, workspace, &file, &text));
                }
            }
        }
    }
    Ok(violations)
}

fn is_test(file: &Path) -> bool {
    file.iter()
        .any(|part| TEST_FILES.iter().any(|name| part == *name))
}

fn broken(rule: &Rule, workspace: &Workspace, file: &Path, text: &str) -> Vec<String> {
    let shown = workspace.shown(file);
    source::code(text)
        .flat_map(|(number, line)| {
            let found = rule.never.iter().filter(move |word| line.contains(**word));
            found.map(move |word| (number, word))
        })
        .map(|(number, word)| format!("{shown}:{number} mentions {word}: {}", rule.why))
        .collect()
}
