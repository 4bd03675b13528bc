//! No file is larger than a reader can hold in mind.

use std::fs;

use crate::failure::{Context, Failure};
use crate::source;
use crate::workspace::Workspace;

const MOST_LINES: usize = 1_000;

pub(super) fn check(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut violations = Vec::new();
    for file in source::rust_files(workspace.root())? {
        let text = fs::read_to_string(&file).context(file.display())?;
        let lines = text.lines().count();
        if lines > MOST_LINES {
            let shown = workspace.shown(&file);
            violations.push(format!(
                "{shown} has {lines} lines, {MOST_LINES} are allowed"
            ));
        }
    }
    Ok(violations)
}
