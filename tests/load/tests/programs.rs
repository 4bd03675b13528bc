//! The three programs together: the generator against each peer, and a comparison of them.
// Helpers of tests may unwrap like the tests themselves.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct Peer {
    process: Child,
    address: String,
}

impl Peer {
    fn start(name: &str) -> Peer {
        let mut process = Command::new(env!("CARGO_BIN_EXE_peers"))
            .arg(name)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("Now listening on: http://");
        let address = address.unwrap().to_owned();
        Peer { process, address }
    }

    /// The generator's report on a workload at `path`, and whether it ended well.
    fn load(&self, path: &str, workload: &str) -> (serde_json::Value, bool) {
        let output = Command::new(env!("CARGO_BIN_EXE_loadgen"))
            .args(workload.split(' '))
            .args(["--proto", "raw", "--json", "--url"])
            .arg(format!("ws://{}{path}", self.address))
            .output()
            .unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (report, output.status.success())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn echo_peers_answer_every_call() {
    for name in ["axum-ws", "axum-ws-tuned"] {
        let peer = Peer::start(name);
        let (report, ok) = peer.load(
            "/echo",
            "echo --conns 8 --depth 4 --duration 0.3 --warmup 0.1",
        );
        assert!(ok && report["errors"] == 0, "{name}: {report}");
        assert!(report["calls"].as_u64() > Some(0), "{name}: {report}");
    }
}

#[test]
fn the_broadcast_peer_reaches_everyone_once_in_order() {
    let peer = Peer::start("axum-ws-broadcast");
    let (report, ok) = peer.load("/broadcast", "broadcast --conns 20 --count 50");
    assert!(
        ok && report["errors"] == 0 && report["complete"] == true,
        "{report}"
    );
    assert_eq!(report["deliveries"], 50 * 20);
}

#[test]
fn the_broadcast_peer_keeps_groups_apart() {
    let peer = Peer::start("axum-ws-broadcast");
    let (report, ok) = peer.load(
        "/broadcast",
        "group --conns 20 --groups 4 --count 50 --threads 2",
    );
    assert!(
        ok && report["errors"] == 0 && report["complete"] == true,
        "{report}"
    );
    assert_eq!(report["deliveries"], 4 * 50 * 5);
}

#[test]
fn a_wrong_path_is_an_error() {
    let peer = Peer::start("axum-ws");
    let (_, ok) = peer.load("/nowhere", "echo --conns 1 --duration 0.1");
    assert!(!ok);
}

fn compare(options: &str) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_compare"))
        .args([
            "--no-pin",
            "--rounds",
            "1",
            "--duration",
            "0.5",
            "--warmup",
            "0.1",
        ])
        .args(["--large", "50", "--hub-server"])
        .arg(format!("'{}' axum-ws", env!("CARGO_BIN_EXE_peers")))
        .args(options.split(' '))
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    (table, output.status.success())
}

/// The row of a contender in the first table, without its label.
fn row<'t>(table: &'t str, label: &str) -> &'t str {
    let start = format!("| {label} | ");
    let row = table.lines().find_map(|line| line.strip_prefix(&start));
    row.unwrap_or_else(|| panic!("no row '{label}' in:\n{table}"))
}

#[test]
fn a_server_that_is_no_hub_gets_no_figure() {
    let (table, ok) = compare("--only echo --hub-path /nowhere");
    assert!(!ok, "{table}");
    assert!(row(&table, "hub, JSON").starts_with("failed: "), "{table}");
    assert!(row(&table, "axum-ws-tuned").contains(" 1.00 |"), "{table}");
}

#[test]
fn a_server_that_does_not_start_gets_no_figure() {
    let (table, ok) = compare("--only idle --reference /nowhere/at-all");
    assert!(!ok, "{table}");
    assert!(
        row(&table, "reference, JSON").contains("does not listen"),
        "{table}"
    );
    assert!(row(&table, "axum-ws-tuned").contains(" 1.00 |"), "{table}");
}
