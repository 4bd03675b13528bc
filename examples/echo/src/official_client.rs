//! The official JavaScript client, which npm downloads where it is present.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use tokio::process::Command;
use tokio::time::timeout;

/// The bundle of `@microsoft/signalr`, as soon as there is one.
#[derive(Clone, Default)]
pub(crate) struct OfficialClient(Arc<OnceLock<Bytes>>);

const BUNDLE: &str = "node_modules/@microsoft/signalr/dist/browser/signalr.min.js";

/// How long npm may take; a network that swallows packets would hold it for ever.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(60);

impl OfficialClient {
    /// The client that has been installed before, if it has.
    pub(crate) async fn installed() -> Self {
        let client = Self::default();
        client.read().await;
        client
    }

    /// What there is of it now.
    pub(crate) fn script(&self) -> Option<Bytes> {
        self.0.get().cloned()
    }

    /// Downloads what is not there yet, by the lockfile. That it cannot is no
    /// failure.
    pub(crate) async fn download(self) {
        if self.script().is_some() {
            return;
        }
        println!("npm downloads the official client for the page; --no-npm does without.");
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(web_folder());
        let installed = run(npm, DOWNLOAD_LIMIT).await;
        self.read().await;
        match (self.script(), installed) {
            (Some(_), _) => println!("The page uses the official client from now on."),
            (None, Err(why)) => println!("The page uses its own client: npm {why}."),
            (None, Ok(())) => println!("The page uses its own client: npm installed no other."),
        }
    }

    async fn read(&self) {
        if let Ok(bundle) = tokio::fs::read(web_folder().join(BUNDLE)).await {
            let _ = self.0.set(bundle.into());
        }
    }
}

fn web_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web")
}

/// Runs a program to its end, or ends it when `limit` has passed. The error says
/// what it did instead of succeeding.
async fn run(mut program: Command, limit: Duration) -> Result<(), String> {
    program
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    match timeout(limit, program.status()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("failed ({status})")),
        Ok(Err(error)) => Err(format!("cannot be started ({error})")),
        Err(_) => Err(format!("took longer than {} s", limit.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_does_not_succeed_says_why() {
        let limit = Duration::from_secs(60);
        assert_eq!(run(Command::new("true"), limit).await, Ok(()));
        let failed = run(Command::new("false"), limit).await.unwrap_err();
        assert!(failed.starts_with("failed"), "{failed}");
        let missing = run(Command::new("there-is-no-such-program"), limit).await;
        assert!(missing.unwrap_err().starts_with("cannot be started"));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let mut program = Command::new("sleep");
        program.arg("600");
        let hung = run(program, Duration::from_secs(1)).await;
        assert_eq!(hung.unwrap_err(), "took longer than 1 s");
    }
}
