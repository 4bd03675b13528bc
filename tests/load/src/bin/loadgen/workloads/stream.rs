//! `stream`: each connection asks for a stream of K numbers, reads it to its end, and asks again.

use std::sync::atomic::Ordering::Relaxed;

use crate::engine::{Conn, Engine, Phase, Workload};
use crate::hist::Hist;
use crate::proto::{Arg, Event, Method};
use crate::report::Report;
use crate::run::{Options, Probe, conduct};

#[derive(Default)]
struct Reading {
    id: u64,
    next: i64,
    begun: u64,
    busy: bool,
}

struct Stream {
    count: i64,
    running: bool,
    measuring: bool,
    draining: bool,
    reported: bool,
    outstanding: usize,
    items: u64,
    streams: u64,
    wrong: u64,
    lat: Hist,
}

impl Stream {
    fn ask(&mut self, c: &mut Conn<Reading>, now: u64) {
        let d = &mut c.data;
        d.id += 1;
        (d.next, d.begun, d.busy) = (0, now, true);
        self.outstanding += 1;
        let id = d.id;
        c.out
            .call(Some(id), Method::Stream, &[Arg::Int(self.count)]);
    }
}

impl Workload for Stream {
    type Data = Reading;

    fn on_event(&mut self, _index: usize, c: &mut Conn<Reading>, ev: Event<'_>, now: u64) {
        match ev {
            Event::Item { id, value } => {
                let d = &mut c.data;
                if id != d.id || value != d.next {
                    self.wrong += 1;
                }
                d.next = value + 1;
                self.items += u64::from(!self.draining);
            }
            Event::Completion { id, .. } | Event::CallError { id, .. } => {
                let failed = matches!(ev, Event::CallError { .. });
                let d = &mut c.data;
                if failed || id != d.id || d.next != self.count {
                    self.wrong += 1;
                }
                if !d.busy {
                    return;
                }
                d.busy = false;
                self.outstanding -= 1;
                self.streams += 1;
                self.lat.record(now - d.begun);
                if !self.draining && !failed {
                    self.ask(c, now);
                }
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, _index: usize, c: &mut Conn<Reading>, _clean: bool, _now: u64) -> bool {
        if c.data.busy {
            c.data.busy = false;
            self.outstanding -= 1;
        }
        false
    }

    fn on_turn(&mut self, engine: &mut Engine<'_, Reading>, phase: Phase, now: u64) -> i32 {
        if phase == Phase::Drain {
            self.draining = true;
            if self.outstanding == 0 && !self.reported {
                self.reported = true;
                engine.shared.finished.fetch_add(1, Relaxed);
            }
            return 1;
        }
        if phase == Phase::Setup {
            return 5;
        }
        if phase == Phase::Measure && !self.measuring {
            self.measuring = true;
            (self.items, self.streams) = (0, 0);
            self.lat.clear();
        }
        if !self.running {
            self.running = true;
            for i in 0..engine.conns.len() {
                engine.with(i, |c| self.ask(c, now));
            }
        }
        10
    }
}

pub(crate) fn run(o: &Options) -> Result<Report, String> {
    if !o.proto.is_signalr() {
        return Err("streams are measured on SignalR servers only".into());
    }
    let count = o.count.max(1) as i64;
    let make = |_, _, _| Stream {
        count,
        running: false,
        measuring: false,
        draining: false,
        reported: false,
        outstanding: 0,
        items: 0,
        streams: 0,
        wrong: 0,
        lat: Hist::default(),
    };
    let (parts, probe) = conduct(o, make, |shared, probe| {
        probe.wait_ready(shared, o.conns)?;
        shared.set_phase(Phase::Warmup);
        std::thread::sleep(o.warmup);
        shared.set_phase(Phase::Measure);
        probe.start();
        std::thread::sleep(o.duration);
        probe.stop();
        shared.set_phase(Phase::Drain);
        Probe::wait_until(std::time::Duration::from_secs(10), || {
            shared.finished.load(Relaxed) as usize == o.threads
        });
        Ok(())
    })?;
    let mut lat = Hist::default();
    let (mut items, mut streams, mut wrong, mut lost) = (0, 0, 0, 0);
    for (w, _) in &parts {
        lat.merge(&w.lat);
        items += w.items;
        streams += w.streams;
        wrong += w.wrong;
        lost += w.outstanding as u64;
    }
    let mut r = Report::new("stream", o);
    r.int("conns", o.conns as u64);
    r.int("items_per_stream", count as u64);
    r.int("streams", streams);
    probe.rates(&mut r, "items", items);
    r.latency("lat", &lat);
    r.int("wrong", wrong);
    r.int("lost", lost);
    probe.finish(&mut r, parts.iter().map(|p| &p.1), wrong + lost);
    Ok(r)
}
