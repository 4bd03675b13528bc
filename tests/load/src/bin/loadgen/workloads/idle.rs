//! `idle`: opens N connections and holds them; what does each cost the server in memory? Then each
//! makes one call and is measured again, since some servers allocate only on first use.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Payload;
use crate::engine::{Conn, Engine, Phase, Workload};
use crate::procfs;
use crate::proto::{Arg, Event, Method};
use crate::report::Report;
use crate::run::{Options, Probe, conduct};

#[derive(Default)]
struct Asked {
    waiting: bool,
}

struct Idle {
    payload: Payload,
    call: bool,
    next: usize,
    round: Option<Phase>,
    outstanding: usize,
    answers: u64,
    wrong: u64,
}

/// Calls outstanding at a time in a round, this thread.
const AT_ONCE: usize = 128;

impl Workload for Idle {
    type Data = Asked;

    fn on_event(&mut self, index: usize, c: &mut Conn<Asked>, ev: Event<'_>, _now: u64) {
        match ev {
            Event::Message(text) | Event::Completion { text, .. } if c.data.waiting => {
                c.data.waiting = false;
                self.outstanding -= 1;
                if self.payload.matches(index as u64, text) {
                    self.answers += 1;
                } else {
                    self.wrong += 1;
                }
            }
            Event::CallError { .. } if c.data.waiting => {
                c.data.waiting = false;
                self.outstanding -= 1;
                self.wrong += 1;
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, _index: usize, c: &mut Conn<Asked>, _clean: bool, _now: u64) -> bool {
        if c.data.waiting {
            c.data.waiting = false;
            self.outstanding -= 1;
        }
        false
    }

    fn on_turn(&mut self, engine: &mut Engine<'_, Asked>, phase: Phase, _now: u64) -> i32 {
        // One round of calls in the warm-up phase, one in the drain phase.
        if !self.call || !matches!(phase, Phase::Warmup | Phase::Drain) {
            return 10;
        }
        if self.round != Some(phase) {
            self.round = Some(phase);
            self.next = 0;
        }
        while self.outstanding < AT_ONCE && self.next < engine.conns.len() {
            let i = self.next;
            self.next += 1;
            if engine.is_open(i) {
                engine.with(i, |c| {
                    c.data.waiting = true;
                    self.outstanding += 1;
                    c.out.call(
                        Some(i as u64),
                        Method::Echo,
                        &[Arg::Str(self.payload.with_number(i as u64))],
                    );
                });
            }
        }
        if self.next == engine.conns.len() && self.outstanding == 0 {
            self.next += 1;
            engine.shared.finished.fetch_add(1, Relaxed);
        }
        5
    }
}

pub(crate) fn run(o: &Options) -> Result<Report, String> {
    let make = |_, _, _| Idle {
        payload: Payload::new(o.size),
        call: o.touch,
        next: 0,
        round: None,
        outstanding: 0,
        answers: 0,
        wrong: 0,
    };
    let pids = o.server_pids();
    let before = procfs::memory(&pids);
    let mut after = procfs::Memory::default();
    let mut touched = procfs::Memory::default();
    let mut held = procfs::Memory::default();
    let mut connect_seconds = 0.0;
    let mut connect_cpu = 0.0;
    let mut hold_cpu = 0.0;
    let (parts, probe) = conduct(o, make, |shared, probe| {
        probe.start();
        probe.wait_ready(shared, o.conns)?;
        probe.stop();
        connect_seconds = probe.elapsed();
        connect_cpu = probe.server_cpu();
        std::thread::sleep(o.settle);
        after = procfs::memory(&pids);
        if o.touch {
            shared.set_phase(Phase::Warmup);
            Probe::wait_until(Duration::from_secs(60), || {
                shared.finished.load(Relaxed) as usize >= o.threads
            });
            std::thread::sleep(o.settle);
            touched = procfs::memory(&pids);
        }
        shared.set_phase(Phase::Measure);
        probe.start();
        std::thread::sleep(o.hold);
        probe.stop();
        hold_cpu = probe.server_cpu();
        held = procfs::memory(&pids);
        if o.touch {
            shared.set_phase(Phase::Drain);
            Probe::wait_until(Duration::from_secs(60), || {
                shared.finished.load(Relaxed) as usize >= 2 * o.threads
            });
        }
        Ok(())
    })?;
    let n = o.conns as f64;
    let per = |m: u64, base: u64| (m as f64 - base as f64) / n;
    let answers: u64 = parts.iter().map(|p| p.0.answers).sum();
    let wrong: u64 = parts.iter().map(|p| p.0.wrong).sum();
    let expected = if o.touch { 2 * o.conns as u64 } else { 0 };
    let mut r = Report::new("idle", o);
    r.int("conns", o.conns as u64);
    r.float("connects_per_s", n / connect_seconds);
    r.float(
        "connects_per_server_cpu_s",
        if connect_cpu > 0.0 {
            n / connect_cpu
        } else {
            0.0
        },
    );
    r.int("rss_before", before.rss);
    r.int("rss_connected", after.rss);
    r.float("bytes_per_conn", per(after.rss, before.rss));
    r.float("private_bytes_per_conn", per(after.private, before.private));
    if o.touch {
        r.float("bytes_per_conn_after_call", per(touched.rss, before.rss));
    }
    r.float("bytes_per_conn_held", per(held.rss, before.rss));
    r.float("hold_s", o.hold.as_secs_f64());
    r.float(
        "hold_cpu_pct",
        if o.hold.is_zero() {
            0.0
        } else {
            hold_cpu / o.hold.as_secs_f64() * 100.0
        },
    );
    r.int("threads_of_server", held.threads);
    r.int("answers", answers);
    r.int("unanswered", expected.saturating_sub(answers));
    probe.finish(
        &mut r,
        parts.iter().map(|p| &p.1),
        wrong + expected.saturating_sub(answers),
    );
    Ok(r)
}
