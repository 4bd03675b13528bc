//! What scenarios share: gates that hold methods back, journals of what
//! happened, and the key that signs tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Shared by every hub and endpoint of the process.
pub(crate) struct Lab {
    gates: Mutex<HashMap<String, watch::Sender<bool>>>,
    journals: Mutex<HashMap<String, Vec<String>>>,
    written: Notify,
    pub(crate) key: [u8; 32],
}

impl Lab {
    pub(crate) fn new() -> Arc<Self> {
        let [a, b] = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(uuid::Uuid::into_bytes);
        let mut key = [0; 32];
        key[..16].copy_from_slice(&a);
        key[16..].copy_from_slice(&b);
        Arc::new(Self {
            gates: Mutex::default(),
            journals: Mutex::default(),
            written: Notify::new(),
            key,
        })
    }

    /// Opens a gate for ever.
    pub(crate) fn open_gate(&self, name: &str) {
        let gate = self.gate(name);
        self.gates.lock()[name].send_replace(true);
        drop(gate);
    }

    /// Ready once the gate is open.
    pub(crate) async fn pass_gate(&self, name: &str) {
        let mut gate = self.gate(name);
        // The sender lives as long as the process.
        let _ = gate.wait_for(|open| *open).await;
    }

    fn gate(&self, name: &str) -> watch::Receiver<bool> {
        self.gates
            .lock()
            .entry(name.into())
            .or_insert_with(|| watch::channel(false).0)
            .subscribe()
    }

    pub(crate) fn write(&self, key: &str, entry: String) {
        self.journals
            .lock()
            .entry(key.into())
            .or_default()
            .push(entry);
        self.written.notify_waiters();
    }

    /// The entries under `key`, once there are `count` or after `wait`.
    pub(crate) async fn read(&self, key: &str, count: usize, wait: Duration) -> Vec<String> {
        let enough = async {
            loop {
                let written = self.written.notified();
                if self.entries(key).len() >= count {
                    return;
                }
                written.await;
            }
        };
        // Too few are an answer as well.
        let _ = timeout(wait, enough).await;
        self.entries(key)
    }

    fn entries(&self, key: &str) -> Vec<String> {
        self.journals.lock().get(key).cloned().unwrap_or_default()
    }
}
