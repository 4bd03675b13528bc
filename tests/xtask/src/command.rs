use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure};
use crate::workspace::Workspace;

/// Enough for a release build from nothing on a slow machine; what takes longer
/// hangs.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A program that runs to its end, its output shown as it comes and kept in
/// `target/artifacts/logs`.
pub(crate) struct Task<'w> {
    workspace: &'w Workspace,
    log: String,
    command: Command,
    shown: bool,
}

impl<'w> Task<'w> {
    /// `log` names the file that keeps the output.
    pub(crate) fn new(workspace: &'w Workspace, log: &str, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(workspace.root());
        Self {
            workspace,
            log: log.to_owned(),
            command,
            shown: true,
        }
    }

    /// Cargo without what the cargo that runs us tells its child about this
    /// package: build scripts that look at it would run again each time.
    pub(crate) fn cargo(workspace: &'w Workspace, log: &str) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut task = Self::new(workspace, log, cargo);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                task.command.env_remove(&name);
            }
        }
        task
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it prints is kept and not shown.
    pub(crate) fn quiet(mut self) -> Self {
        self.shown = false;
        self
    }

    /// Runs it and returns what it printed.
    ///
    /// # Errors
    /// When it cannot be started, hangs, or does not end with success.
    pub(crate) fn run(self) -> Result<String, Failure> {
        let end = self.run_to_end()?;
        if end.status.success() {
            Ok(end.output)
        } else {
            Err(Failure::new(end.problem))
        }
    }

    /// Runs a test runner and returns `counts` of what it printed.
    ///
    /// # Errors
    /// As `run`, with the counts; also when nothing passed, because then nothing
    /// was tested.
    pub(crate) fn run_tests(self, counts: fn(&str) -> String) -> Result<String, Failure> {
        let end = self.run_to_end()?;
        let counted = counts(&end.output);
        if !end.status.success() {
            Err(Failure::new(format!("{counted}; {}", end.problem)))
        } else if counted.starts_with("0 ") || counted.is_empty() {
            Err(Failure::new("no test was run"))
        } else {
            Ok(counted)
        }
    }

    fn run_to_end(mut self) -> Result<End, Failure> {
        let program = name_of(&self.command);
        let path = self.workspace.log(&self.log)?;
        let log = File::create(&path).context(path.display())?;
        let (output, input) = io::pipe().context("a pipe")?;
        let errors = input.try_clone().context("a pipe")?;
        self.command
            .stdin(Stdio::null())
            .stdout(input)
            .stderr(errors);
        let mut child = self.command.spawn().context(&program)?;
        // It holds our ends of the pipe, which has to end with the child.
        drop(self.command);
        let watched = watch(&mut child, output, log, self.shown);
        if watched.is_err() {
            // It may have ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
        }
        let seen = format!("see {}", self.workspace.shown(&path));
        let (status, output) =
            watched.map_err(|failure| Failure::new(format!("{program}: {failure}, {seen}")))?;
        let problem = format!("{program}: {status}, {seen}");
        Ok(End {
            status,
            output,
            problem,
        })
    }
}

/// The program's name without its folder.
pub(crate) fn name_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}

/// How a program ended.
struct End {
    status: ExitStatus,
    output: String,
    /// What to say when the status is taken for a failure.
    problem: String,
}

/// Shows, logs and collects what the child prints until it ends.
fn watch(
    child: &mut Child,
    output: PipeReader,
    mut log: File,
    shown: bool,
) -> Result<(ExitStatus, String), Failure> {
    let deadline = Instant::now() + LIMIT;
    let chunks = read_in_background(output);
    let mut collected = Vec::new();
    loop {
        match chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(chunk) => {
                log.write_all(&chunk).context("the log")?;
                if shown {
                    io::stdout().write_all(&chunk).context("stdout")?;
                }
                collected.extend_from_slice(&chunk);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                return Err(Failure::new(format!(
                    "not done after {} minutes",
                    LIMIT.as_secs() / 60
                )));
            }
        }
    }
    let status = child.wait().context("waiting for it")?;
    Ok((status, String::from_utf8_lossy(&collected).into_owned()))
}

fn read_in_background(mut output: PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = output.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::counts;

    fn shell(log: &str, script: &str) -> Result<String, String> {
        let workspace = Workspace::locate();
        Task::new(&workspace, log, "sh")
            .args(["-c", script])
            .quiet()
            .run_tests(counts::of_last_line)
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_counts_of_a_runner_come_back() {
        let counted = shell("self-test-good", "echo ok 1; echo 1 passed, 0 failed");
        assert_eq!(counted.as_deref(), Ok("1 passed, 0 failed"));
    }

    #[test]
    fn a_failure_says_how_many_failed_and_where_to_look() {
        let failure = shell("self-test-bad", "echo 3 passed, 1 failed; exit 1").unwrap_err();
        assert!(
            failure.starts_with("3 passed, 1 failed; sh: exit status: 1"),
            "{failure}"
        );
        assert!(failure.ends_with("self-test-bad.log"), "{failure}");
    }

    #[test]
    fn a_runner_that_tests_nothing_fails() {
        let counted = shell("self-test-none", "echo 0 passed, 0 failed");
        assert_eq!(counted.unwrap_err(), "no test was run");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let workspace = Workspace::locate();
        let failure = Task::new(&workspace, "self-test-missing", "no-such-program")
            .run()
            .unwrap_err();
        assert!(
            failure.to_string().starts_with("no-such-program: "),
            "{failure}"
        );
    }
}
