//! A load generator for WebSocket, SignalR and socket.io servers. See README.md.

mod engine;
mod hist;
mod json;
mod msgpack;
mod procfs;
mod proto;
mod report;
mod run;
mod sys;
mod workloads;
mod ws;

use std::net::{SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use engine::Target;
use proto::{Method, Proto};
use run::Options;
use workloads::{broadcast, echo, idle, storm, stream};

const USAGE: &str = "\
usage: loadgen WORKLOAD --url ws://HOST:PORT/PATH [options]

workloads
  echo        N connections, P calls outstanding on each: calls/s and latency
  broadcast   one sender to all N connections; every delivery is checked
  group       as broadcast, to --groups groups, one sender each; raw: connects to the path with /g0, /g1, ...
  stream      streamed results of --count numbers (SignalR only)
  idle        opens N connections and holds them: memory of each, connects/s
  storm       connect, handshake, close, again, --conns at a time: cycles/s

options (default)
  --proto raw|json|msgpack|mixed|socketio   (json); mixed: SignalR, every other connection MessagePack
  --conns N (64)          --depth P (1)          --size BYTES (64)
  --method echo|add (echo)
  --duration S (5)        --warmup S (1)
  --rate R (0)            echo, broadcast: calls or broadcasts a second, open loop; 0: closed loop
  --count K (0)           broadcast, group: this many broadcasts instead of --duration;
                          stream: items of a stream (1000)
  --warmup-count K (20)   broadcast, group: unmeasured broadcasts before
  --window W (16)         broadcast, group: broadcasts not yet fully delivered; 0: no limit
  --groups G (10)         --hold S (5)           --settle S (1)
  --no-touch              idle, storm: make no call on the connections
  --negotiate             SignalR: POST /negotiate before each WebSocket
  --pid P[,P...]|auto     the server's processes, for CPU and memory; auto: whoever listens (auto)
  --src-ips K (0)         spread connections over K source addresses 127.0.1.x
  --connect-parallel N (64)  handshakes in flight
  --threads T (1)         --cpu N                pin the generator's threads to a CPU
  --spin                  the generator never sleeps, so that waking it costs the server nothing
  --setup-timeout S (60)  --stall S (10)         give up on a broadcast without progress
  --label TEXT            --json                 no table
";

struct Args(Vec<(String, Option<String>)>);

impl Args {
    fn parse(words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut all: Vec<(String, Option<String>)> = Vec::new();
        for w in words {
            match w.strip_prefix("--") {
                Some(key) => match key.split_once('=') {
                    Some((k, v)) => all.push((k.to_owned(), Some(v.to_owned()))),
                    None => all.push((key.to_owned(), None)),
                },
                None => match all.last_mut() {
                    Some((_, v @ None)) => *v = Some(w),
                    _ => return Err(format!("unexpected '{w}'")),
                },
            }
        }
        Ok(Args(all))
    }

    fn take(&mut self, key: &str) -> Option<Option<String>> {
        let i = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(i).1)
    }

    fn value<T: std::str::FromStr>(&mut self, key: &str, default: T) -> Result<T, String> {
        match self.take(key) {
            None => Ok(default),
            Some(Some(v)) => v.parse().map_err(|_| format!("--{key}: cannot read '{v}'")),
            Some(None) => Err(format!("--{key} needs a value")),
        }
    }

    fn seconds(&mut self, key: &str, default: f64) -> Result<Duration, String> {
        let s = self.value(key, default)?;
        Duration::try_from_secs_f64(s).map_err(|_| format!("--{key}: not a time"))
    }

    fn flag(&mut self, key: &str) -> Result<bool, String> {
        match self.take(key) {
            None => Ok(false),
            Some(None) => Ok(true),
            Some(Some(_)) => Err(format!("--{key} takes no value")),
        }
    }
}

fn target(url: &str) -> Result<Target, String> {
    let rest = url
        .strip_prefix("ws://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or("--url must begin with ws:// or http://")?;
    let (host, path) = match rest.find('/') {
        Some(i) => (&rest[..i], &rest[i..]),
        None => (rest, "/"),
    };
    let with_port = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let addr: Option<SocketAddrV4> = with_port
        .to_socket_addrs()
        .map_err(|e| format!("{host}: {e}"))?
        .find_map(|a| {
            if let SocketAddr::V4(a) = a {
                Some(a)
            } else {
                None
            }
        });
    Ok(Target {
        addr: addr.ok_or("no IPv4 address")?,
        host: host.to_owned(),
        path: path.to_owned(),
    })
}

fn options(a: &mut Args, workload: &str) -> Result<Options, String> {
    let url: String = a.value("url", String::new())?;
    if url.is_empty() {
        return Err("--url is needed".into());
    }
    let mut target = target(&url)?;
    let name: String = a.value("proto", "json".to_owned())?;
    let mixed = name == "mixed";
    let proto = Proto::parse(if mixed { "json" } else { &name })
        .ok_or_else(|| format!("--proto: unknown '{name}'"))?;
    if proto == Proto::SocketIo && !target.path.contains("EIO=") {
        let sep = if target.path.contains('?') { '&' } else { '?' };
        if target.path == "/" {
            target.path = "/socket.io/".to_owned();
        }
        target
            .path
            .push_str(&format!("{sep}EIO=4&transport=websocket"));
    }
    let method = match a.value("method", "echo".to_owned())?.as_str() {
        "echo" => Method::Echo,
        "add" if proto.is_signalr() => Method::Add,
        other => {
            return Err(format!(
                "--method: '{other}' is not offered with this protocol"
            ));
        }
    };
    let pids = match a.value("pid", "auto".to_owned())?.as_str() {
        "auto" => procfs::listener(target.addr.port()).into_iter().collect(),
        list => list
            .split(',')
            .map(|p| p.parse().map_err(|_| format!("--pid: cannot read '{p}'")))
            .collect::<Result<Vec<u32>, _>>()?,
    };
    let groups = a.value("groups", 10)?;
    let default_count = if workload == "stream" { 1000 } else { 0 };
    let o = Options {
        label: a.value("label", String::new())?,
        proto,
        mixed,
        target,
        negotiate: a.flag("negotiate")?,
        groups: if workload == "group" { groups } else { 0 },
        conns: a.value("conns", 64)?,
        threads: a.value("threads", 1)?,
        depth: a.value("depth", 1)?,
        size: a.value("size", 64)?,
        method,
        rate: a.value("rate", 0.0)?,
        duration: a.seconds("duration", 5.0)?,
        warmup: a.seconds("warmup", 1.0)?,
        count: a.value("count", default_count)?,
        warmup_count: a.value("warmup-count", 20)?,
        window: a.value("window", 16)?,
        hold: a.seconds("hold", 5.0)?,
        settle: a.seconds("settle", 1.0)?,
        stall: a.seconds("stall", 10.0)?,
        touch: !a.flag("no-touch")?,
        pids,
        src_ips: a.value("src-ips", 0)?,
        connect_parallel: a.value("connect-parallel", 64)?,
        setup_timeout: a.seconds("setup-timeout", 60.0)?,
        cpu: match a.take("cpu") {
            None => None,
            Some(v) => Some(
                v.and_then(|v| v.parse().ok())
                    .ok_or("--cpu: not a number")?,
            ),
        },
        spin: a.flag("spin")?,
    };
    if o.conns == 0 || o.depth == 0 || o.threads == 0 || o.connect_parallel == 0 {
        return Err("--conns, --depth, --threads and --connect-parallel must be at least 1".into());
    }
    if workload == "group" && !(1..=o.conns).contains(&o.groups) {
        return Err("--groups must be from 1 to the number of connections".into());
    }
    if o.threads > o.conns {
        return Err("more threads than connections".into());
    }
    if o.src_ips > 60_000 {
        return Err("--src-ips: too many".into());
    }
    if o.negotiate && !proto.is_signalr() {
        return Err("--negotiate is for SignalR".into());
    }
    Ok(o)
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let workload = words.next().unwrap_or_default();
    if workload.is_empty() || workload == "--help" || workload == "help" {
        eprint!("{USAGE}");
        return if workload.is_empty() {
            ExitCode::from(2)
        } else {
            ExitCode::SUCCESS
        };
    }
    let run = || -> Result<(report::Report, bool), String> {
        let mut a = Args::parse(words)?;
        let o = options(&mut a, &workload)?;
        let json_only = a.flag("json")?;
        if let Some((key, _)) = a.0.first() {
            return Err(format!("unknown option --{key}"));
        }
        let files = sys::raise_nofile();
        if (o.conns + 50) as u64 > files {
            return Err(format!(
                "{} connections do not fit the limit of {files} open files",
                o.conns
            ));
        }
        let r = match workload.as_str() {
            "echo" => echo::run(&o)?,
            "broadcast" | "group" => broadcast::run(&o)?,
            "idle" => idle::run(&o)?,
            "storm" => storm::run(&o)?,
            "stream" => stream::run(&o)?,
            other => return Err(format!("unknown workload '{other}'")),
        };
        Ok((r, json_only))
    };
    match run() {
        Ok((r, json_only)) => {
            if !json_only {
                eprint!("{}", r.table());
            }
            println!("{}", r.json());
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("loadgen: {e}");
            ExitCode::FAILURE
        }
    }
}
