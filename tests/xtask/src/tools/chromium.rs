use std::path::PathBuf;

use super::debian;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// The browser's program, installed where it is missing and that is allowed.
pub(crate) fn install(workspace: &Workspace) -> Result<PathBuf, Failure> {
    debian::install(workspace, "chromium", "chromium")
}
