use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure};

/// Where everything is.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .expect("this package is two folders below the root of the workspace")
            .to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { root, target }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path as people call it: from the root.
    pub(crate) fn shown<'p>(&self, path: &'p Path) -> std::path::Display<'p> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// A program that was built in release, as `conformance-server` or
    /// `examples/websocket_echo`.
    pub(crate) fn release_program(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// What is installed for the tests and is not in the packages' own folders.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.target.join("tools").join(name)
    }

    /// A folder for what the tests leave to be looked at; it exists.
    pub(crate) fn artifacts(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.target.join("artifacts").join(name);
        fs::create_dir_all(&folder).context(folder.display())?;
        Ok(folder)
    }

    /// As `artifacts`, without what an earlier run left there.
    pub(crate) fn empty_artifacts(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.artifacts(name)?;
        fs::remove_dir_all(&folder).context(folder.display())?;
        self.artifacts(name)
    }

    /// A file for the output of a program; its folder exists.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.artifacts("logs")?.join(format!("{name}.log")))
    }
}
