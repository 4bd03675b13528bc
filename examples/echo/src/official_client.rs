//! The official JavaScript client, where npm is present to install it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use axum::body::Bytes;
use tokio::process::Command;

/// The bundle of `@microsoft/signalr`, or none.
pub(crate) struct OfficialClient(Option<Bytes>);

const BUNDLE: &str = "node_modules/@microsoft/signalr/dist/browser/signalr.min.js";

impl OfficialClient {
    /// Reads the installed bundle. Where there is none and npm is present, it
    /// installs it by the lockfile first; that it cannot is no failure.
    pub(crate) async fn locate(npm: bool) -> Self {
        if !npm {
            return Self(None);
        }
        let folder = web_folder();
        if let Some(bundle) = read(&folder).await {
            return Self(Some(bundle));
        }
        if install(&folder).await {
            return Self(read(&folder).await);
        }
        println!("The official client is not installed: the page uses its own script.");
        Self(None)
    }

    pub(crate) fn script(self) -> Option<Bytes> {
        self.0
    }
}

fn web_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

async fn read(folder: &Path) -> Option<Bytes> {
    tokio::fs::read(folder.join(BUNDLE))
        .await
        .ok()
        .map(Bytes::from)
}

async fn install(folder: &Path) -> bool {
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    matches!(npm.await, Ok(status) if status.success())
}
