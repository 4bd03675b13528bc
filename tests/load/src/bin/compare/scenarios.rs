//! What is measured: the generator's workloads with their sizes.

use std::str::FromStr;

use crate::arguments::Arguments;

/// The families of workloads, as `--only` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Echo,
    Broadcast,
    Group,
    Idle,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Kind, ()> {
        match name {
            "echo" => Ok(Kind::Echo),
            "broadcast" => Ok(Kind::Broadcast),
            "group" => Ok(Kind::Group),
            "idle" => Ok(Kind::Idle),
            _ => Err(()),
        }
    }
}

pub(crate) struct Scenario {
    pub(crate) kind: Kind,
    pub(crate) title: String,
    /// The generator's arguments, without those that name the server.
    pub(crate) workload: Vec<String>,
    /// The field of the generator's report that is compared.
    pub(crate) figure: &'static str,
    /// What that figure counts, as a column's head.
    pub(crate) unit: &'static str,
    pub(crate) rounds: usize,
    /// Every run gets a server that has never had a connection.
    pub(crate) fresh_servers: bool,
}

/// Connections of the echo workload.
const ECHO_CONNECTIONS: usize = 64;
/// Connections of the smaller broadcast, and of the groups together.
const AUDIENCE: usize = 1_000;
const GROUPS: usize = 100;

/// What the arguments ask for.
pub(crate) fn all(arguments: &Arguments) -> Vec<Scenario> {
    let scenarios = [
        echo(1, arguments),
        echo(32, arguments),
        broadcast(AUDIENCE.min(arguments.large), arguments),
        broadcast(arguments.large, arguments),
        group(arguments),
        idle(arguments),
    ];
    let asked = |scenario: &Scenario| arguments.only.contains(&scenario.kind);
    scenarios.into_iter().filter(asked).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split_ascii_whitespace().map(str::to_owned).collect()
}

fn echo(depth: usize, arguments: &Arguments) -> Scenario {
    let (duration, warmup) = (arguments.duration, arguments.warmup);
    Scenario {
        kind: Kind::Echo,
        title: format!("Echo, {ECHO_CONNECTIONS} connections, {depth} in flight on each"),
        workload: words(&format!(
            "echo --conns {ECHO_CONNECTIONS} --depth {depth} --duration {duration} --warmup {warmup}"
        )),
        figure: "calls_per_server_cpu_s",
        unit: "calls per CPU second",
        rounds: arguments.rounds,
        fresh_servers: false,
    }
}

fn broadcast(connections: usize, arguments: &Arguments) -> Scenario {
    let duration = arguments.duration;
    // About as many deliveries in the warm-up whatever the audience: a slow server needs seconds for them.
    let warmup = (50_000 / connections).clamp(2, 50);
    Scenario {
        kind: Kind::Broadcast,
        title: format!("Broadcast to {connections} connections"),
        workload: words(&format!(
            "broadcast --conns {connections} --duration {duration} --warmup-count {warmup} --src-ips 8 --stall 30"
        )),
        figure: "deliveries_per_server_cpu_s",
        unit: "deliveries per CPU second",
        rounds: arguments.rounds,
        fresh_servers: false,
    }
}

fn group(arguments: &Arguments) -> Scenario {
    let duration = arguments.duration;
    Scenario {
        kind: Kind::Group,
        title: format!("{GROUPS} groups of {} connections", AUDIENCE / GROUPS),
        workload: words(&format!(
            "group --conns {AUDIENCE} --groups {GROUPS} --duration {duration} --src-ips 8 --stall 30"
        )),
        figure: "deliveries_per_server_cpu_s",
        unit: "deliveries per CPU second",
        rounds: arguments.rounds,
        fresh_servers: false,
    }
}

/// One round: memory does not vary with what else the machine does.
fn idle(arguments: &Arguments) -> Scenario {
    let connections = arguments.large;
    Scenario {
        kind: Kind::Idle,
        title: format!("{connections} idle connections, each after one call"),
        workload: words(&format!(
            "idle --conns {connections} --hold 3 --settle 2 --src-ips 8"
        )),
        figure: "bytes_per_conn_after_call",
        unit: "bytes per connection",
        rounds: 1,
        fresh_servers: true,
    }
}
