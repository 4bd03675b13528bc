use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure};

/// Remembers in the installed folder what was asked for, so that it is installed
/// again only when that changes.
pub(crate) struct Stamp {
    wanted: String,
    path: PathBuf,
}

impl Stamp {
    /// `wanted` is the file with the exact versions, `installed` the folder that
    /// they are installed to.
    pub(crate) fn of(wanted: &Path, installed: &Path) -> Result<Self, Failure> {
        Ok(Self {
            wanted: fs::read_to_string(wanted).context(wanted.display())?,
            path: installed.join(".installed-for"),
        })
    }

    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.wanted)
    }

    pub(crate) fn renew(&self) -> Result<(), Failure> {
        fs::write(&self.path, &self.wanted).context(self.path.display())
    }
}
