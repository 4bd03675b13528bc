//! Conducting a run: options, the threads, and the probe that reads the server's CPU time.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::engine::{Clock, Config, Engine, EngineStats, Phase, Shared, Target, Workload};
use crate::procfs;
use crate::proto::{Method, Proto};
use crate::report::Report;
use crate::sys;

pub(crate) struct Options {
    pub(crate) label: String,
    pub(crate) proto: Proto,
    pub(crate) mixed: bool,
    pub(crate) target: Target,
    pub(crate) negotiate: bool,
    /// `group`: how many; 0: everyone is one audience.
    pub(crate) groups: usize,
    pub(crate) conns: usize,
    pub(crate) threads: usize,
    pub(crate) depth: usize,
    pub(crate) size: usize,
    pub(crate) method: Method,
    pub(crate) rate: f64,
    pub(crate) duration: Duration,
    pub(crate) warmup: Duration,
    pub(crate) count: u64,
    pub(crate) warmup_count: u64,
    pub(crate) window: u64,
    pub(crate) hold: Duration,
    pub(crate) settle: Duration,
    pub(crate) stall: Duration,
    pub(crate) touch: bool,
    pub(crate) pids: Vec<u32>,
    pub(crate) src_ips: usize,
    pub(crate) connect_parallel: usize,
    pub(crate) setup_timeout: Duration,
    pub(crate) cpu: Option<usize>,
    pub(crate) spin: bool,
}

impl Options {
    /// The server's processes, children included.
    pub(crate) fn server_pids(&self) -> Vec<u32> {
        procfs::tree(&self.pids)
    }
}

#[derive(Clone, Copy, Default)]
struct Sample {
    at: Option<Instant>,
    clock_ns: u64,
    server: (f64, f64),
    me: f64,
    steal: f64,
    all: f64,
}

/// Reads the clocks of the server, of this program and of the machine around a measured window.
pub(crate) struct Probe {
    pids: Vec<u32>,
    clock: Clock,
    setup_timeout: Duration,
    from: Cell<Sample>,
    to: Cell<Sample>,
    last_event_ns: Cell<u64>,
}

impl Probe {
    fn sample(&self) -> Sample {
        let (steal, all) = procfs::machine_ticks();
        let me = procfs::cpu_seconds(&[std::process::id()]);
        Sample {
            at: Some(Instant::now()),
            clock_ns: self.clock.now(),
            server: procfs::cpu_seconds(&self.pids),
            me: me.0 + me.1,
            steal,
            all,
        }
    }

    pub(crate) fn start(&self) {
        self.from.set(self.sample());
    }

    pub(crate) fn stop(&self) {
        self.to.set(self.sample());
    }

    /// Ends the window for rates at the last thing that happened in it, not when that was noticed.
    pub(crate) fn ended_at(&self, clock_ns: u64) {
        self.last_event_ns.set(clock_ns);
    }

    pub(crate) fn elapsed(&self) -> f64 {
        let (from, to) = (self.from.get(), self.to.get());
        if self.last_event_ns.get() > from.clock_ns {
            return (self.last_event_ns.get() - from.clock_ns) as f64 / 1e9;
        }
        match (from.at, to.at) {
            (Some(a), Some(b)) => (b - a).as_secs_f64(),
            _ => f64::NAN,
        }
    }

    /// CPU seconds that the server used in the window.
    pub(crate) fn server_cpu(&self) -> f64 {
        let (from, to) = (self.from.get().server, self.to.get().server);
        to.0 + to.1 - from.0 - from.1
    }

    /// Waits for every connection's handshakes.
    pub(crate) fn wait_ready(&self, shared: &Shared, conns: usize) -> Result<(), String> {
        let done = Probe::wait_until(self.setup_timeout, || {
            shared.ready.load(Relaxed) + shared.failed.load(Relaxed) >= conns
        });
        let (ready, failed) = (shared.ready.load(Relaxed), shared.failed.load(Relaxed));
        if !done || failed > 0 {
            return Err(format!(
                "{ready} of {conns} connections ready, {failed} failed"
            ));
        }
        Ok(())
    }

    pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
        let start = Instant::now();
        while !done() {
            if start.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// `n` things in the window: per second, and per second of the server's CPU time.
    pub(crate) fn rates(&self, r: &mut Report, what: &str, n: u64) {
        let cpu = self.server_cpu();
        r.int(what, n);
        r.float("elapsed_s", self.elapsed());
        r.float(&format!("{what}_per_s"), n as f64 / self.elapsed());
        r.maybe(
            &format!("{what}_per_server_cpu_s"),
            (cpu > 0.0).then(|| n as f64 / cpu),
        );
    }

    pub(crate) fn finish<'a>(
        &self,
        r: &mut Report,
        stats: impl Iterator<Item = &'a EngineStats>,
        wrong: u64,
    ) {
        let (from, to) = (self.from.get(), self.to.get());
        let wall = match (from.at, to.at) {
            (Some(a), Some(b)) => (b - a).as_secs_f64(),
            _ => f64::NAN,
        };
        let mut sum = EngineStats::default();
        stats.for_each(|s| sum.merge(s));
        let known = !self.pids.is_empty();
        r.maybe("server_cpu_s", known.then(|| self.server_cpu()));
        r.maybe(
            "server_user_s",
            known.then_some(to.server.0 - from.server.0),
        );
        r.maybe("server_sys_s", known.then_some(to.server.1 - from.server.1));
        r.maybe(
            "server_cpu_pct",
            known.then(|| self.server_cpu() / wall * 100.0),
        );
        r.float("loadgen_cpu_pct", (to.me - from.me) / wall * 100.0);
        r.float(
            "steal_pct",
            if to.all > from.all {
                (to.steal - from.steal) / (to.all - from.all) * 100.0
            } else {
                0.0
            },
        );
        r.int("bytes_in", sum.bytes_in);
        r.int("bytes_out", sum.bytes_out);
        r.int("reads", sum.reads);
        r.int("writes", sum.writes);
        r.int("errors", wrong + sum.error_count());
        let texts: Vec<String> = sum
            .errors
            .iter()
            .map(|(what, n)| format!("{what} x{n}"))
            .collect();
        r.text("error_texts", &texts.join("; "));
    }
}

/// Starts the threads, lets `drive` conduct the phases, and collects what the threads have.
pub(crate) fn conduct<W, M, F>(
    o: &Options,
    make: M,
    drive: F,
) -> Result<(Vec<(W, EngineStats)>, Probe), String>
where
    W: Workload + Send,
    M: Fn(usize, usize, usize) -> W,
    F: FnOnce(&Shared, &Probe) -> Result<(), String>,
{
    let clock = Clock::start();
    let shared = Shared::default();
    let probe = Probe {
        pids: o.server_pids(),
        clock,
        setup_timeout: o.setup_timeout,
        from: Cell::default(),
        to: Cell::default(),
        last_event_ns: Cell::new(0),
    };
    let mut base = 0;
    let parts: Vec<(W, usize, usize)> = (0..o.threads)
        .map(|t| {
            let count = o.conns / o.threads + usize::from(t < o.conns % o.threads);
            let part = (make(t, base, count), base, count);
            base += count;
            part
        })
        .collect();
    std::thread::scope(|scope| {
        let handles: Vec<_> = parts
            .into_iter()
            .map(|(mut w, base, count)| {
                let cfg = Config {
                    proto: o.proto,
                    mixed: o.mixed,
                    target: o.target.clone(),
                    negotiate: o.negotiate,
                    raw_groups: if o.proto == Proto::Raw { o.groups } else { 0 },
                    base,
                    src_ips: o.src_ips,
                    connect_parallel: (o.connect_parallel / o.threads).max(1),
                    spin: o.spin,
                };
                let shared = &shared;
                let cpu = o.cpu;
                scope.spawn(move || -> Result<(W, EngineStats), String> {
                    if let Some(cpu) = cpu {
                        sys::pin_to_cpu(cpu).map_err(|e| format!("--cpu: {e}"))?;
                    }
                    let mut engine =
                        Engine::new(cfg, count, clock, shared).map_err(|e| e.to_string())?;
                    engine.run(&mut w).map_err(|e| e.to_string())?;
                    Ok((w, std::mem::take(&mut engine.stats)))
                })
            })
            .collect();
        let driven = drive(&shared, &probe);
        shared.set_phase(Phase::Exit);
        let mut parts = Vec::new();
        for h in handles {
            parts.push(h.join().map_err(|_| "a thread panicked".to_owned())??);
        }
        match driven {
            Ok(()) => Ok((parts, probe)),
            Err(e) => {
                let mut sum = EngineStats::default();
                parts.iter().for_each(|p| sum.merge(&p.1));
                let texts: Vec<String> = sum
                    .errors
                    .iter()
                    .map(|(what, n)| format!("{what} x{n}"))
                    .collect();
                Err(format!("{e}. {}", texts.join("; ")))
            }
        }
    })
}
