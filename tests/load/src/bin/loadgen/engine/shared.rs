//! What the threads of a run share, and what each of them counts.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd)]
pub(crate) enum Phase {
    Setup = 0,
    Warmup = 1,
    Measure = 2,
    Drain = 3,
    Exit = 4,
}

/// What the threads of a run share.
#[derive(Default)]
pub(crate) struct Shared {
    phase: AtomicU8,
    /// Connections whose handshakes are over.
    pub(crate) ready: AtomicUsize,
    /// Connections that were lost or never made.
    pub(crate) failed: AtomicUsize,
    /// Advanced by anything that shows life, for stall detection.
    pub(crate) progress: AtomicU64,
    /// Workload-defined: work units that are finished.
    pub(crate) finished: AtomicU64,
}

impl Shared {
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            0 => Phase::Setup,
            1 => Phase::Warmup,
            2 => Phase::Measure,
            3 => Phase::Drain,
            _ => Phase::Exit,
        }
    }

    pub(crate) fn set_phase(&self, p: Phase) {
        self.phase.store(p as u8, Relaxed);
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock(Instant::now())
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
}
#[derive(Default, Debug, Clone)]
pub(crate) struct EngineStats {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) errors: Vec<(String, u64)>,
}

impl EngineStats {
    pub(crate) fn error(&mut self, what: &str) {
        match self.errors.iter().position(|e| e.0 == what) {
            Some(i) => self.errors[i].1 += 1,
            None if self.errors.len() < 20 => self.errors.push((what.to_owned(), 1)),
            // A server that fails in many ways: the last line stands for the rest.
            None => self.errors[19].1 += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: &EngineStats) {
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.reads += other.reads;
        self.writes += other.writes;
        for (what, n) in &other.errors {
            match self.errors.iter_mut().find(|e| e.0 == *what) {
                Some(e) => e.1 += n,
                None => self.errors.push((what.clone(), *n)),
            }
        }
    }

    pub(crate) fn error_count(&self) -> u64 {
        self.errors.iter().map(|e| e.1).sum()
    }
}
