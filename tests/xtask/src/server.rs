use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::command::name_of;
use crate::failure::{Context, Failure};
use crate::workspace::Workspace;

const ANNOUNCEMENT: &str = "Now listening on: ";

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs as a child process until this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    tls_url: Option<String>,
}

impl Server {
    /// Starts `command` and waits until it prints `Now listening on: http://…`;
    /// a line with https may come before. `name` names its log.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not listen in time.
    pub(crate) fn start(
        workspace: &Workspace,
        name: &str,
        mut command: Command,
    ) -> Result<Self, Failure> {
        let path = workspace.log(name)?;
        let log = File::create(&path).context(path.display())?;
        let errors = log.try_clone().context(path.display())?;
        command.current_dir(workspace.root());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors);
        let program = name_of(&command);
        let mut child = command.spawn().context(&program)?;
        let output = child.stdout.take().expect("stdout was piped just above");
        let mut server = Self {
            child,
            url: String::new(),
            tls_url: None,
        };
        let announced = log_in_background(output, log);
        while server.url.is_empty() {
            let url = address(&announced)
                .context(format_args!("{program}, see {}", workspace.shown(&path)))?;
            if url.starts_with("http://") {
                server.url = url;
            } else {
                server.tls_url = Some(url);
            }
        }
        Ok(server)
    }

    /// Its base URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same over TLS, if it has named one.
    pub(crate) fn tls_url(&self) -> Option<&str> {
        self.tls_url.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(announced: &Receiver<String>) -> Result<String, Failure> {
    announced.recv_timeout(PATIENCE).map_err(|error| {
        let what = match error {
            RecvTimeoutError::Timeout => "does not say where it listens",
            RecvTimeoutError::Disconnected => "ended before it listened",
        };
        Failure::new(what)
    })
}

/// Copies what the server prints into the log, and sends the addresses that it
/// announces.
fn log_in_background(output: ChildStdout, mut log: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            // A log that cannot be written fails no test.
            let _ = writeln!(log, "{line}");
            if let Some(url) = announced_address(&line) {
                // Whoever has heard enough does not listen any more.
                let _ = sender.send(url);
            }
        }
    });
    receiver
}

fn announced_address(line: &str) -> Option<String> {
    let url = line.strip_prefix(ANNOUNCEMENT)?;
    Some(url.trim_end().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(log: &str, script: &str) -> Result<Server, Failure> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Server::start(&Workspace::locate(), log, command)
    }

    #[test]
    fn a_server_lives_as_long_as_its_guard() {
        let script =
            "echo Now listening on: https://a:1; echo Now listening on: http://a:2; exec sleep 600";
        let server = shell("self-test-server", script).expect("it says where it listens");
        assert_eq!(server.url(), "http://a:2");
        assert_eq!(server.tls_url(), Some("https://a:1"));
        let process = format!("/proc/{}", server.child.id());
        assert!(std::path::Path::new(&process).exists());
        drop(server);
        assert!(!std::path::Path::new(&process).exists());
    }

    #[test]
    fn a_server_that_ends_at_once_is_a_failure() {
        let failure = shell("self-test-no-server", "exit 3")
            .err()
            .map(|failure| failure.to_string());
        assert!(failure.is_some_and(
            |text| text.starts_with("sh, see ") && text.ends_with("ended before it listened")
        ));
    }

    #[test]
    fn only_announcements_are_taken() {
        assert_eq!(
            announced_address("Now listening on: http://127.0.0.1:5000/").as_deref(),
            Some("http://127.0.0.1:5000")
        );
        assert_eq!(
            announced_address("listening on http://127.0.0.1:5000"),
            None
        );
    }
}
