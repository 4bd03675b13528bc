//! `echo`: N connections, each with up to P calls outstanding, as fast as answers come (closed loop)
//! or at a fixed rate over all connections (open loop, timed from when each call was due).

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;

use super::Payload;
use crate::engine::{Conn, Engine, Phase, Workload};
use crate::hist::Hist;
use crate::json;
use crate::proto::{Arg, Event, Method, Proto};
use crate::report::Report;
use crate::run::{Options, Probe, conduct};

#[derive(Default)]
pub(crate) struct Calls {
    /// (call number, when begun), by slot; the number is `u64::MAX` when the slot is free.
    slots: Vec<(u64, u64)>,
    /// The raw protocol has no call numbers: answers come in order.
    order: VecDeque<(u64, u64)>,
    rounds: u64,
    outstanding: usize,
}

pub(crate) struct Echo {
    proto: Proto,
    method: Method,
    depth: usize,
    payload: Payload,
    /// Time between calls of this thread, 0 for a closed loop.
    interval: u64,
    next_due: u64,
    next_conn: usize,
    running: bool,
    measuring: bool,
    draining: bool,
    reported: bool,
    outstanding: usize,
    pub(crate) calls: u64,
    pub(crate) mismatches: u64,
    pub(crate) call_errors: u64,
    pub(crate) late: u64,
    pub(crate) lat: Hist,
}

const FREE: u64 = u64::MAX;

impl Echo {
    fn new(o: &Options, threads_rate: f64) -> Echo {
        Echo {
            proto: o.proto,
            method: o.method,
            depth: o.depth,
            payload: Payload::new(o.size),
            interval: if threads_rate > 0.0 {
                (1e9 / threads_rate) as u64
            } else {
                0
            },
            next_due: 0,
            next_conn: 0,
            running: false,
            measuring: false,
            draining: false,
            reported: false,
            outstanding: 0,
            calls: 0,
            mismatches: 0,
            call_errors: 0,
            late: 0,
            lat: Hist::default(),
        }
    }

    pub(crate) fn lost(&self) -> u64 {
        self.outstanding as u64
    }

    /// Begins one call on a connection that has a free slot.
    fn begin(&mut self, c: &mut Conn<Calls>, slot: usize, at: u64) {
        let d = &mut c.data;
        // Numbers grow and say their slot: a number that comes twice, or never was, is found out.
        let id = d.rounds * self.depth as u64 + slot as u64;
        d.rounds += 1;
        d.outstanding += 1;
        self.outstanding += 1;
        if self.proto == Proto::Raw {
            d.order.push_back((id, at));
        } else {
            d.slots[slot] = (id, at);
        }
        match self.method {
            Method::Add => c.out.call(
                Some(id),
                Method::Add,
                &[Arg::Int((id & 0xffff) as i64), Arg::Int(1)],
            ),
            m => c
                .out
                .call(Some(id), m, &[Arg::Str(self.payload.with_number(id))]),
        }
    }

    fn ended(&mut self, c: &mut Conn<Calls>, slot: usize, begun: u64, good: bool, now: u64) {
        c.data.outstanding -= 1;
        self.outstanding -= 1;
        if good {
            // What ends after the window does not count.
            if !self.draining {
                self.calls += 1;
                self.lat.record(now.saturating_sub(begun));
            }
        } else {
            self.mismatches += 1;
        }
        if self.interval == 0 && !self.draining {
            self.begin(c, slot, now);
        }
    }

    fn free_slot(&self, c: &Conn<Calls>) -> Option<usize> {
        if c.data.outstanding >= self.depth {
            return None;
        }
        if self.proto == Proto::Raw {
            return Some(c.data.outstanding);
        }
        c.data.slots.iter().position(|s| s.0 == FREE)
    }
}

impl Workload for Echo {
    type Data = Calls;

    fn on_ready(&mut self, _index: usize, c: &mut Conn<Calls>, _now: u64) {
        c.data.slots = vec![(FREE, 0); self.depth];
    }

    fn on_event(&mut self, _index: usize, c: &mut Conn<Calls>, ev: Event<'_>, now: u64) {
        match ev {
            Event::Message(text) => match c.data.order.pop_front() {
                Some((id, begun)) => {
                    let good = self.payload.matches(id, text);
                    let slot = c.data.outstanding - 1;
                    self.ended(c, slot, begun, good, now);
                }
                None => self.mismatches += 1,
            },
            Event::Completion { id, text } => {
                let slot = (id % self.depth as u64) as usize;
                let (want, begun) = c.data.slots[slot];
                if want != id {
                    self.mismatches += 1;
                    return;
                }
                c.data.slots[slot].0 = FREE;
                let good = match self.method {
                    Method::Add => json::uint(text) == Some((id & 0xffff) + 1),
                    _ => self.payload.matches(id, text),
                };
                self.ended(c, slot, begun, good, now);
            }
            Event::CallError { id, .. } => {
                self.call_errors += 1;
                let slot = (id % self.depth as u64) as usize;
                if c.data.slots[slot].0 == id {
                    c.data.slots[slot].0 = FREE;
                    c.data.outstanding -= 1;
                    self.outstanding -= 1;
                }
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, _index: usize, c: &mut Conn<Calls>, _clean: bool, _now: u64) -> bool {
        self.outstanding -= c.data.outstanding;
        c.data.outstanding = 0;
        c.data.order.clear();
        false
    }

    fn on_turn(&mut self, engine: &mut Engine<'_, Calls>, phase: Phase, now: u64) -> i32 {
        match phase {
            Phase::Setup | Phase::Exit => return 5,
            Phase::Drain => {
                self.draining = true;
                if self.outstanding == 0 && !self.reported {
                    self.reported = true;
                    engine.shared.finished.fetch_add(1, Relaxed);
                }
                return 1;
            }
            Phase::Warmup | Phase::Measure => {}
        }
        if phase == Phase::Measure && !self.measuring {
            self.measuring = true;
            self.calls = 0;
            self.late = 0;
            self.lat.clear();
        }
        if self.interval == 0 {
            if !self.running {
                self.running = true;
                for i in 0..engine.conns.len() {
                    engine.with(i, |c| {
                        for slot in 0..self.depth {
                            self.begin(c, slot, now);
                        }
                    });
                }
            }
            return 10;
        }
        if !self.running {
            self.running = true;
            self.next_due = now;
        }
        let mut tried = 0;
        while self.next_due <= now && tried < engine.conns.len() {
            let i = self.next_conn;
            self.next_conn = (i + 1) % engine.conns.len();
            let due = self.next_due;
            let mut begun = false;
            engine.with(i, |c| {
                if let Some(slot) = self.free_slot(c) {
                    self.begin(c, slot, due);
                    begun = true;
                }
            });
            if begun {
                self.next_due += self.interval;
                tried = 0;
                if now - due > 1_000_000 {
                    self.late += 1;
                }
            } else {
                tried += 1;
            }
        }
        // At a fixed rate the next call is due sooner than a sleep could end.
        0
    }
}

pub(crate) fn run(o: &Options) -> Result<Report, String> {
    let per_thread_rate = o.rate / o.threads as f64;
    let (parts, probe) = conduct(
        o,
        |_, _, _| Echo::new(o, per_thread_rate),
        |shared, probe| {
            probe.wait_ready(shared, o.conns)?;
            shared.set_phase(Phase::Warmup);
            std::thread::sleep(o.warmup);
            shared.set_phase(Phase::Measure);
            probe.start();
            std::thread::sleep(o.duration);
            probe.stop();
            shared.set_phase(Phase::Drain);
            Probe::wait_until(std::time::Duration::from_secs(5), || {
                shared.finished.load(Relaxed) as usize == o.threads
            });
            Ok(())
        },
    )?;
    let mut lat = Hist::default();
    let (mut calls, mut mismatches, mut call_errors, mut lost, mut late) = (0, 0, 0, 0, 0);
    for (w, _) in &parts {
        lat.merge(&w.lat);
        calls += w.calls;
        mismatches += w.mismatches;
        call_errors += w.call_errors;
        lost += w.lost();
        late += w.late;
    }
    let mut r = Report::new("echo", o);
    r.text("method", &format!("{:?}", o.method));
    r.int("conns", o.conns as u64);
    r.int("depth", o.depth as u64);
    r.int("size", o.size as u64);
    r.float("rate_asked", o.rate);
    probe.rates(&mut r, "calls", calls);
    r.latency("lat", &lat);
    r.int("mismatches", mismatches);
    r.int("call_errors", call_errors);
    r.int("lost", lost);
    r.int("sent_late", late);
    probe.finish(&mut r, parts.iter().map(|p| &p.1), mismatches + lost);
    Ok(r)
}
