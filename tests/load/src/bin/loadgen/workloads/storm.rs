//! `storm`: connect, shake hands, optionally make one call, close, again; N of these at a time.

use super::Payload;
use crate::engine::{Conn, Engine, Phase, Workload};
use crate::hist::Hist;
use crate::proto::{Arg, Event, Method};
use crate::report::Report;
use crate::run::{Options, conduct};

struct Storm {
    call: bool,
    payload: Payload,
    measuring: bool,
    stopped: bool,
    cycles: u64,
    wrong: u64,
    lat: Hist,
}

impl Workload for Storm {
    type Data = ();

    fn on_ready(&mut self, _index: usize, c: &mut Conn<()>, _now: u64) {
        if self.call {
            c.out.call(
                Some(1),
                Method::Echo,
                &[Arg::Str(self.payload.with_number(1))],
            );
        } else {
            c.close();
        }
    }

    fn on_event(&mut self, _index: usize, c: &mut Conn<()>, ev: Event<'_>, _now: u64) {
        match ev {
            Event::Message(text) | Event::Completion { text, .. } => {
                if !self.payload.matches(1, text) {
                    self.wrong += 1;
                }
                c.close();
            }
            Event::CallError { .. } => {
                self.wrong += 1;
                c.close();
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, _index: usize, c: &mut Conn<()>, clean: bool, now: u64) -> bool {
        if clean && !self.stopped {
            self.cycles += 1;
            self.lat.record(now.saturating_sub(c.begun()));
        }
        !self.stopped
    }

    fn on_turn(&mut self, _engine: &mut Engine<'_, ()>, phase: Phase, _now: u64) -> i32 {
        if phase == Phase::Measure && !self.measuring {
            self.measuring = true;
            self.cycles = 0;
            self.lat.clear();
        }
        self.stopped = phase >= Phase::Drain;
        5
    }
}

pub(crate) fn run(o: &Options) -> Result<Report, String> {
    let make = |_, _, _| Storm {
        call: o.touch,
        payload: Payload::new(o.size),
        measuring: false,
        stopped: false,
        cycles: 0,
        wrong: 0,
        lat: Hist::default(),
    };
    let (parts, probe) = conduct(o, make, |shared, probe| {
        std::thread::sleep(o.warmup);
        shared.set_phase(Phase::Measure);
        probe.start();
        std::thread::sleep(o.duration);
        probe.stop();
        shared.set_phase(Phase::Drain);
        std::thread::sleep(std::time::Duration::from_millis(200));
        Ok(())
    })?;
    let mut lat = Hist::default();
    let (mut cycles, mut wrong) = (0, 0);
    for (w, _) in &parts {
        lat.merge(&w.lat);
        cycles += w.cycles;
        wrong += w.wrong;
    }
    let mut r = Report::new("storm", o);
    r.int("at_once", o.conns as u64);
    r.flag("with_call", o.touch);
    probe.rates(&mut r, "cycles", cycles);
    r.latency("lat", &lat);
    probe.finish(&mut r, parts.iter().map(|p| &p.1), wrong);
    Ok(r)
}
