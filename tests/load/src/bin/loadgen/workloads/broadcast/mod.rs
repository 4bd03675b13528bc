//! `broadcast` and `group`: one sender a group (or one in all) sends numbered messages, every member
//! must get each of them, once and in order.

mod board;
mod member;

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use board::Board;
use member::{Arrival, Member};

use crate::engine::{Conn, Engine, Phase, Workload};
use crate::hist::Hist;
use crate::proto::{Arg, Event, Method, Proto};
use crate::report::Report;
use crate::run::{Options, Probe, conduct};

struct Fan<'b> {
    board: &'b Board,
    proto: Proto,
    base: usize,
    payload: Vec<u8>,
    /// (local index, audience, sent) of the senders in this thread.
    senders: Vec<(usize, usize, u64)>,
    interval: u64,
    next_due: u64,
    measuring: bool,
    /// Messages from this number on are measured. The number decides, not the phase, since another thread
    /// may send them before this one has noticed the phase.
    first_measured: u64,
    arrivals: u64,
    delivered: u64,
    missing: u64,
    out_of_order: u64,
    duplicates: u64,
    malformed: u64,
    last: u64,
    lat: Hist,
    whole: Hist,
}

const HEAD: usize = 33;

fn digits(out: &mut [u8], mut v: u64) {
    for b in out.iter_mut().rev() {
        *b = b'0' + (v % 10) as u8;
        v /= 10;
    }
}

fn number(b: &[u8]) -> Option<u64> {
    b.iter().try_fold(0u64, |n, d| {
        d.is_ascii_digit().then(|| n * 10 + u64::from(d - b'0'))
    })
}

impl<'b> Fan<'b> {
    fn new(o: &Options, board: &'b Board, base: usize, count: usize) -> Fan<'b> {
        let audiences = board.members.len();
        let mine = (base..base + count).filter(|g| *g < audiences);
        Fan {
            board,
            proto: o.proto,
            base,
            payload: vec![b'x'; o.size.max(HEAD)],
            senders: mine.map(|g| (g - base, g, 0)).collect(),
            interval: if o.rate > 0.0 {
                (1e9 * audiences as f64 / o.rate) as u64
            } else {
                0
            },
            next_due: 0,
            measuring: false,
            first_measured: o.warmup_count,
            arrivals: 0,
            delivered: 0,
            missing: 0,
            out_of_order: 0,
            duplicates: 0,
            malformed: 0,
            last: 0,
            lat: Hist::default(),
            whole: Hist::default(),
        }
    }

    fn received(&mut self, index: usize, c: &mut Conn<Member>, text: &[u8], now: u64) {
        let parsed =
            if text.len() == self.payload.len() && text[12] == b':' && text[HEAD - 1] == b':' {
                number(&text[..12]).zip(number(&text[13..HEAD - 1]))
            } else {
                None
            };
        let Some((seq, at)) = parsed else {
            self.malformed += 1;
            return;
        };
        let (arrival, given_up) = c.data.arrived(seq);
        self.missing += given_up;
        match arrival {
            Arrival::InOrder => {}
            Arrival::Early => self.out_of_order += 1,
            Arrival::Again => {
                self.duplicates += 1;
                return;
            }
        }
        self.arrivals += 1;
        let took = now.saturating_sub(at);
        let measured = seq >= self.first_measured;
        if measured {
            self.delivered += 1;
            self.last = now;
            self.lat.record(took);
        }
        let audience = (self.base + index) % self.board.members.len();
        let cell = &self.board.seen
            [audience * self.board.ring as usize + (seq % self.board.ring) as usize];
        if cell.fetch_add(1, Relaxed) + 1 == self.board.members[audience] {
            if measured {
                self.whole.record(took);
            }
            self.board.complete[audience].fetch_add(1, Relaxed);
        }
    }
}

impl Workload for Fan<'_> {
    type Data = Member;

    fn on_ready(&mut self, index: usize, c: &mut Conn<Member>, _now: u64) {
        if self.board.groups > 0 && self.proto != Proto::Raw {
            let name = format!("g{}", (self.base + index) % self.board.groups);
            c.out
                .call(Some(0), Method::JoinGroup, &[Arg::Str(name.as_bytes())]);
        } else {
            self.board.joined.fetch_add(1, Relaxed);
        }
    }

    fn on_event(&mut self, index: usize, c: &mut Conn<Member>, ev: Event<'_>, now: u64) {
        match ev {
            Event::Message(text) | Event::Push(text) => self.received(index, c, text, now),
            Event::Completion { id: 0, .. } => {
                self.board.joined.fetch_add(1, Relaxed);
            }
            Event::CallError { .. } => {
                self.board.call_errors.fetch_add(1, Relaxed);
            }
            _ => {}
        }
    }

    fn on_turn(&mut self, engine: &mut Engine<'_, Member>, phase: Phase, now: u64) -> i32 {
        engine.shared.progress.store(self.arrivals, Relaxed);
        match phase {
            Phase::Setup | Phase::Exit => return 5,
            Phase::Drain => return 1,
            Phase::Warmup | Phase::Measure => {}
        }
        if phase == Phase::Measure && !self.measuring {
            self.measuring = true;
            self.next_due = now;
        }
        let limit = self.board.limit.load(Relaxed);
        let mut senders = std::mem::take(&mut self.senders);
        let mut waiting = false;
        for (index, audience, sent) in &mut senders {
            let complete = self.board.complete[*audience].load(Relaxed);
            let mut n = limit.saturating_sub(*sent);
            if self.board.window > 0 {
                n = n.min(self.board.window.saturating_sub(*sent - complete));
            }
            let paced = self.interval > 0 && self.measuring;
            if paced {
                n = n.min(if now < self.next_due {
                    0
                } else {
                    (now - self.next_due) / self.interval + 1
                });
            }
            waiting |= *sent < limit;
            if n == 0 {
                continue;
            }
            let (payload, board, next_due, interval) =
                (&mut self.payload, self.board, self.next_due, self.interval);
            engine.with(*index, |c| {
                for k in 0..n {
                    let cell = *audience * board.ring as usize + (*sent % board.ring) as usize;
                    board.seen[cell].store(0, Relaxed);
                    let at = if paced { next_due + k * interval } else { now };
                    digits(&mut payload[..12], *sent);
                    payload[12] = b':';
                    digits(&mut payload[13..HEAD - 1], at);
                    payload[HEAD - 1] = b':';
                    *sent += 1;
                    if board.groups > 0 {
                        let name = format!("g{audience}");
                        c.out.call(
                            Some(*sent),
                            Method::SendToGroup,
                            &[Arg::Str(name.as_bytes()), Arg::Str(payload)],
                        );
                    } else {
                        c.out
                            .call(Some(*sent), Method::Broadcast, &[Arg::Str(payload)]);
                    }
                }
            });
            self.board.sent.fetch_add(n, Relaxed);
            if paced {
                self.next_due += n * self.interval;
            }
        }
        self.senders = senders;
        match (self.interval > 0, waiting) {
            (true, true) => 0,
            (false, true) => 1,
            _ => 10,
        }
    }
}

pub(crate) fn run(o: &Options) -> Result<Report, String> {
    let groups = o.groups;
    if groups > 1 && o.rate > 0.0 {
        return Err("--rate is for one audience".into());
    }
    if o.window == 0 && o.count == 0 {
        return Err("--window 0 needs --count".into());
    }
    let board = Board::new(o, groups);
    let audiences = board.members.len() as u64;
    let mut incomplete = false;
    let (parts, probe) = conduct(
        o,
        |_, base, count| Fan::new(o, &board, base, count),
        |shared, probe| {
            probe.wait_ready(shared, o.conns)?;
            if !Probe::wait_until(Duration::from_secs(30), || {
                board.joined.load(Relaxed) as usize == o.conns
            }) {
                return Err(format!(
                    "only {} of {} joined",
                    board.joined.load(Relaxed),
                    o.conns
                ));
            }
            // No member of a message under way may be left out: stalled means nothing came for a while.
            let deliver = |until: &dyn Fn() -> u64| {
                let mut seen = (u64::MAX, 0);
                let mut since = std::time::Instant::now();
                while board.all_complete() < until() {
                    let now = (board.all_complete(), shared.progress.load(Relaxed));
                    if now != seen {
                        (seen, since) = (now, std::time::Instant::now());
                    } else if since.elapsed() > o.stall {
                        return false;
                    }
                    std::thread::sleep(Duration::from_micros(500));
                }
                true
            };
            board.limit.store(o.warmup_count, Relaxed);
            shared.set_phase(Phase::Warmup);
            if !deliver(&|| o.warmup_count * audiences) {
                return Err(format!(
                    "warm-up broadcasts: {} of {} fully delivered, {} call errors",
                    board.all_complete(),
                    o.warmup_count * audiences,
                    board.call_errors.load(Relaxed)
                ));
            }
            board.sent.store(0, Relaxed);
            probe.start();
            shared.set_phase(Phase::Measure);
            if o.count > 0 {
                board.limit.store(o.warmup_count + o.count, Relaxed);
                incomplete = !deliver(&|| (o.warmup_count + o.count) * audiences);
            } else {
                board.limit.store(u64::MAX, Relaxed);
                std::thread::sleep(o.duration);
                board.limit.store(0, Relaxed);
                std::thread::sleep(Duration::from_millis(20));
                incomplete = !deliver(&|| board.sent.load(Relaxed) + o.warmup_count * audiences);
            }
            probe.stop();
            shared.set_phase(Phase::Drain);
            Ok(())
        },
    )?;
    let (mut lat, mut whole) = (Hist::default(), Hist::default());
    let (mut delivered, mut missing, mut out_of_order, mut duplicates, mut malformed) =
        (0, 0, 0, 0, 0);
    for (w, _) in &parts {
        lat.merge(&w.lat);
        whole.merge(&w.whole);
        delivered += w.delivered;
        missing += w.missing;
        out_of_order += w.out_of_order;
        duplicates += w.duplicates;
        malformed += w.malformed;
    }
    probe.ended_at(parts.iter().map(|p| p.0.last).max().unwrap_or(0));
    let sent = board.sent.load(Relaxed);
    let expected = sent * o.conns as u64 / audiences;
    let mut r = Report::new(if groups > 0 { "group" } else { "broadcast" }, o);
    r.int("conns", o.conns as u64);
    r.int("groups", groups as u64);
    r.int("size", o.size as u64);
    r.int("window", o.window);
    r.float("rate_asked", o.rate);
    r.int("broadcasts", sent);
    r.float("broadcasts_per_s", sent as f64 / probe.elapsed());
    probe.rates(&mut r, "deliveries", delivered);
    r.latency("lat", &lat);
    r.latency("whole", &whole);
    r.int("expected", expected);
    r.int("missing", expected.saturating_sub(delivered).max(missing));
    r.int("duplicates", duplicates);
    r.int("out_of_order", out_of_order);
    r.int("malformed", malformed);
    let call_errors = board.call_errors.load(Relaxed);
    r.int("call_errors", call_errors);
    let complete = !incomplete && delivered == expected && missing + duplicates + malformed == 0;
    r.flag("complete", complete);
    r.flag("ordered", out_of_order == 0);
    probe.finish(
        &mut r,
        parts.iter().map(|p| &p.1),
        u64::from(!complete) + out_of_order,
    );
    Ok(r)
}
