//! One thread's event loop: its connections, their handshakes, their buffers. A `Workload` decides
//! what is said on them.

mod config;
mod conn;
mod input;
mod shared;

use std::io::{self, ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::sync::atomic::Ordering::Relaxed;

pub(crate) use config::{Config, Target};
pub(crate) use conn::Conn;
use conn::{Out, State};
use input::{Side, Stop, input};
pub(crate) use shared::{Clock, EngineStats, Phase, Shared};

use crate::proto::Event;
use crate::sys::{self, EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, Epoll, EpollEvent};
use crate::ws;

const READ_BUFFER: usize = 256 * 1024;
const KEEPALIVE_NS: u64 = 15_000_000_000;
/// A connection or handshake that takes longer is given up.
const SETUP_TIMEOUT_NS: u64 = 20_000_000_000;

pub(crate) trait Workload {
    type Data: Default;
    /// A connection's handshakes are over.
    fn on_ready(&mut self, _index: usize, _c: &mut Conn<Self::Data>, _now: u64) {}
    fn on_event(&mut self, index: usize, c: &mut Conn<Self::Data>, ev: Event<'_>, now: u64);
    /// Once each turn of the loop. Returns the longest time to sleep, in ms.
    fn on_turn(&mut self, _engine: &mut Engine<'_, Self::Data>, _phase: Phase, _now: u64) -> i32 {
        10
    }
    /// The connection is gone; `clean` when after a closing handshake. Returns whether to make it anew.
    fn on_closed(
        &mut self,
        _index: usize,
        _c: &mut Conn<Self::Data>,
        _clean: bool,
        _now: u64,
    ) -> bool {
        false
    }
}

pub(crate) struct Engine<'s, D> {
    cfg: Config,
    epoll: Epoll,
    pub(crate) conns: Vec<Conn<D>>,
    pub(crate) clock: Clock,
    pub(crate) shared: &'s Shared,
    pub(crate) stats: EngineStats,
    to_open: Vec<usize>,
    opening: usize,
    serial: usize,
    read_buf: Vec<u8>,
    reply: Vec<u8>,
    keepalive_next: usize,
    keepalive_mark: u64,
    timeout_scan: u64,
}

impl<'s, D: Default> Engine<'s, D> {
    pub(crate) fn new(
        cfg: Config,
        count: usize,
        clock: Clock,
        shared: &'s Shared,
    ) -> io::Result<Self> {
        let conns = (0..count)
            .map(|i| Conn {
                sock: None,
                state: State::Idle,
                wants_write: false,
                closing: false,
                since: 0,
                partial: Vec::new(),
                fragments: Vec::new(),
                token: String::new(),
                out: Out {
                    proto: cfg.proto_of(i),
                    buf: Vec::new(),
                    scratch: Vec::new(),
                    key: i as u32,
                },
                data: D::default(),
            })
            .collect();
        Ok(Engine {
            cfg,
            epoll: Epoll::new()?,
            conns,
            clock,
            shared,
            stats: EngineStats::default(),
            to_open: (0..count).rev().collect(),
            opening: 0,
            serial: 0,
            read_buf: vec![0; READ_BUFFER],
            reply: Vec::new(),
            keepalive_next: 0,
            keepalive_mark: 0,
            timeout_scan: 0,
        })
    }

    pub(crate) fn run<W: Workload<Data = D>>(&mut self, w: &mut W) -> io::Result<()> {
        let mut events = vec![EpollEvent { events: 0, data: 0 }; 1024];
        loop {
            let phase = self.shared.phase();
            if phase == Phase::Exit {
                return Ok(());
            }
            let now = self.clock.now();
            self.open_some(w, now);
            self.keepalive(now);
            self.give_up_slow_setups(w, now);
            let sleep = if self.cfg.spin {
                w.on_turn(self, phase, now).min(0)
            } else {
                w.on_turn(self, phase, now)
            };
            // Collect first: handling may change the epoll set.
            let n = self.epoll.wait(&mut events, sleep)?.len();
            let now = self.clock.now();
            for ev in &events[..n] {
                let (i, bits) = (ev.data as usize, ev.events);
                if bits & EPOLLOUT != 0 {
                    self.flush(i);
                }
                if bits & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP) != 0 {
                    self.readable(w, i, now);
                }
            }
        }
    }

    fn open_some<W: Workload<Data = D>>(&mut self, w: &mut W, now: u64) {
        while self.opening < self.cfg.connect_parallel {
            let Some(i) = self.to_open.pop() else { return };
            if let Err(e) = self.open(i, now) {
                self.opening += 1;
                self.drop_conn(w, i, Some(&format!("connect: {e}")), now);
            }
        }
    }

    /// Connects and writes the first request.
    fn open(&mut self, i: usize, now: u64) -> io::Result<()> {
        let src = (self.cfg.src_ips > 0).then(|| {
            let k = self.serial % self.cfg.src_ips;
            Ipv4Addr::new(127, 0, 1 + (k / 250) as u8, 1 + (k % 250) as u8)
        });
        self.serial += 1;
        let sock = sys::connect_nonblocking(self.cfg.target.addr, src)?;
        let t = self.cfg.target_of(i);
        let c = &mut self.conns[i];
        c.partial.clear();
        c.fragments.clear();
        c.out.buf.clear();
        c.closing = false;
        c.since = now;
        if self.cfg.negotiate && c.token.is_empty() {
            let (path, query) = t.path.split_once('?').unwrap_or((&t.path, ""));
            let amp = if query.is_empty() { "" } else { "&" };
            c.out.buf.extend_from_slice(
                format!(
                    "POST {path}/negotiate?{query}{amp}negotiateVersion=1 HTTP/1.1\r\nHost: {}\r\n\
                     Content-Length: 0\r\nConnection: close\r\n\r\n",
                    t.host
                )
                .as_bytes(),
            );
            c.state = State::Negotiating;
        } else {
            let token = std::mem::take(&mut c.token);
            let path = match token.is_empty() {
                true => t.path.clone(),
                false => format!(
                    "{}{}id={token}",
                    t.path,
                    if t.path.contains('?') { '&' } else { '?' }
                ),
            };
            ws::upgrade_request(&mut c.out.buf, &t.host, &path);
            c.state = State::Upgrading;
        }
        // The connect completes in the background: the request goes out when the socket is writable.
        self.epoll
            .add(sock.as_raw_fd(), EPOLLIN | EPOLLRDHUP | EPOLLOUT, i as u64)?;
        c.wants_write = true;
        c.sock = Some(sock);
        self.opening += 1;
        Ok(())
    }

    fn keepalive(&mut self, now: u64) {
        if self.cfg.proto.keepalive().is_none() {
            return;
        }
        // Spread over the interval: as many connections as the time since the last turn is worth.
        let due = (now.saturating_sub(self.keepalive_mark) as f64 / KEEPALIVE_NS as f64
            * self.conns.len() as f64) as usize;
        if due == 0 {
            return;
        }
        self.keepalive_mark = now;
        for _ in 0..due.min(self.conns.len()) {
            let i = self.keepalive_next % self.conns.len();
            self.keepalive_next = i + 1;
            let c = &mut self.conns[i];
            if let Some(ping) = c.out.proto.keepalive().filter(|_| c.state == State::Open) {
                c.out.frame(c.out.proto.opcode(), ping);
                self.flush(i);
            }
        }
    }

    fn give_up_slow_setups<W: Workload<Data = D>>(&mut self, w: &mut W, now: u64) {
        if self.opening == 0 || now - self.timeout_scan < 1_000_000_000 {
            return;
        }
        self.timeout_scan = now;
        for i in 0..self.conns.len() {
            let c = &self.conns[i];
            if c.sock.is_some() && c.in_setup() && now - c.since > SETUP_TIMEOUT_NS {
                let what = format!("timed out while {:?}", c.state);
                self.drop_conn(w, i, Some(&what), now);
            }
        }
    }

    /// Lets the workload write to a connection, then sends.
    pub(crate) fn with(&mut self, i: usize, f: impl FnOnce(&mut Conn<D>)) {
        if self.conns[i].state == State::Open {
            f(&mut self.conns[i]);
            self.flush(i);
        }
    }

    pub(crate) fn is_open(&self, i: usize) -> bool {
        self.conns[i].state == State::Open
    }

    pub(crate) fn flush(&mut self, i: usize) {
        let c = &mut self.conns[i];
        let Some(sock) = &mut c.sock else { return };
        let mut sent = 0;
        while sent < c.out.buf.len() {
            match sock.write(&c.out.buf[sent..]) {
                Ok(n) => {
                    sent += n;
                    self.stats.writes += 1;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e)
                    if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::NotConnected =>
                {
                    break;
                }
                // The reading side sees the same failure and ends the connection.
                Err(_) => {
                    sent = c.out.buf.len();
                    break;
                }
            }
        }
        self.stats.bytes_out += sent as u64;
        if sent == c.out.buf.len() {
            c.out.buf.clear();
        } else {
            c.out.buf.drain(..sent);
        }
        let wants = !c.out.buf.is_empty();
        if wants != c.wants_write {
            let events = EPOLLIN | EPOLLRDHUP | if wants { EPOLLOUT } else { 0 };
            if self
                .epoll
                .modify(sock.as_raw_fd(), events, i as u64)
                .is_ok()
            {
                c.wants_write = wants;
            }
        }
    }

    fn readable<W: Workload<Data = D>>(&mut self, w: &mut W, i: usize, now: u64) {
        let c = &mut self.conns[i];
        let Some(sock) = &mut c.sock else { return };
        let stop = match sock.read(&mut self.read_buf) {
            Ok(0) => Some(Stop::Eof),
            Ok(n) => {
                self.stats.bytes_in += n as u64;
                self.stats.reads += 1;
                let was_setup = c.in_setup();
                let mut side = Side {
                    reply: &mut self.reply,
                    stats: &mut self.stats,
                };
                let proto = c.out.proto;
                let r = input(c, proto, &self.read_buf[..n], &mut side, w, i, now);
                if was_setup && !c.in_setup() {
                    self.opening -= 1;
                    self.shared.ready.fetch_add(1, Relaxed);
                }
                r.err()
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => None,
            Err(e) => Some(Stop::Error(format!("read: {}", e.kind()))),
        };
        match stop {
            None => {
                if !self.conns[i].out.buf.is_empty() {
                    self.flush(i);
                }
            }
            Some(Stop::Closed) => {
                self.flush(i);
                self.drop_conn(w, i, None, now);
            }
            Some(Stop::Eof) if self.conns[i].closing => self.drop_conn(w, i, None, now),
            Some(Stop::Eof) => {
                let what = format!("server closed while {:?}", self.conns[i].state);
                self.drop_conn(w, i, Some(&what), now);
            }
            Some(Stop::Reconnect) => {
                self.conns[i].sock = None;
                self.opening -= 1;
                self.to_open.push(i);
            }
            Some(Stop::Error(e)) => self.drop_conn(w, i, Some(&e), now),
        }
    }

    fn drop_conn<W: Workload<Data = D>>(
        &mut self,
        w: &mut W,
        i: usize,
        error: Option<&str>,
        now: u64,
    ) {
        let c = &mut self.conns[i];
        if c.state == State::Idle || c.in_setup() {
            self.opening -= 1;
        }
        c.sock = None;
        c.state = State::Idle;
        if let Some(e) = error
            && self.shared.phase() < Phase::Exit
        {
            self.stats.error(e);
            self.shared.failed.fetch_add(1, Relaxed);
        }
        if w.on_closed(i, &mut self.conns[i], error.is_none(), now) {
            self.to_open.push(i);
        }
    }
}
