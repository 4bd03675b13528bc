//! A server process: started on its CPU, awaited, and ended with the value that stands for it.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a server may take until it listens; the slowest unpacks its runtime first.
const START_LIMIT: Duration = Duration::from_secs(60);
const ANNOUNCEMENT: &str = "Now listening on: http://";

pub(crate) struct Server {
    process: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts a shell command. With `{port}` in it the server is up when it accepts connections on the
    /// port put there, otherwise when it prints its address.
    pub(crate) fn start(command: &str, cpu: Option<usize>) -> Result<Server, String> {
        let port = command.contains("{port}").then(free_port).transpose()?;
        let line = match port {
            Some(port) => command.replace("{port}", &port.to_string()),
            None => command.to_owned(),
        };
        let mut process = shell(&line, cpu)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{line}: {error}"))?;
        let announced = process.stdout.take().map(announcements);
        let mut server = Server {
            process,
            address: String::new(),
        };
        server.address = match (port, announced) {
            (Some(port), _) => server.accepting(port),
            (None, Some(announced)) => announced.recv_timeout(START_LIMIT).ok(),
            (None, None) => None,
        }
        .ok_or_else(|| format!("{line}: does not listen"))?;
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    fn accepting(&mut self, port: u16) -> Option<String> {
        let begun = Instant::now();
        while begun.elapsed() < START_LIMIT && matches!(self.process.try_wait(), Ok(None)) {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Some(format!("127.0.0.1:{port}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and been waited for.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// `exec`, so that the process that is measured and killed is the server's own.
fn shell(line: &str, cpu: Option<usize>) -> Command {
    let script = format!("exec {line}");
    match cpu {
        Some(cpu) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &cpu.to_string(), "sh", "-c", &script]);
            command
        }
        None => {
            let mut command = Command::new("sh");
            command.args(["-c", &script]);
            command
        }
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address
        .map(|address| address.port())
        .map_err(|error| error.to_string())
}

/// The addresses that a server announces. All of its output is read, lest it block on a full pipe.
fn announcements(output: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.trim_end().strip_prefix(ANNOUNCEMENT) {
                // Nobody waits for a second address.
                drop(sender.send(address.trim_end_matches('/').to_owned()));
            }
        }
    });
    receiver
}
