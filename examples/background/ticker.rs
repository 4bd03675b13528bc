//! A task that takes sockets over and tells each of them the time it keeps.

use std::time::Duration;

use hub_server::websocket::WebSocket;
use tokio::sync::{mpsc, watch};
use tokio::time::interval;

/// Hands sockets to the task.
#[derive(Clone)]
pub(crate) struct Ticker {
    sockets: mpsc::Sender<WebSocket>,
}

impl Ticker {
    /// Starts the task, which ends with the last of these handles.
    pub(crate) fn start() -> Self {
        let (sockets, queue) = mpsc::channel(16);
        tokio::spawn(tick(queue));
        Self { sockets }
    }

    pub(crate) async fn take_over(&self, socket: WebSocket) {
        // A task that is gone drops the socket, which ends it.
        let _ = self.sockets.send(socket).await;
    }
}

async fn tick(mut queue: mpsc::Receiver<WebSocket>) {
    let (ticks, _) = watch::channel(0);
    let mut clock = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = clock.tick() => ticks.send_modify(|tick| *tick += 1),
            socket = queue.recv() => match socket {
                Some(socket) => drop(tokio::spawn(attend(socket, ticks.subscribe()))),
                None => return,
            },
        }
    }
}

/// Tells one socket about every tick until it ends. Receiving is what answers
/// pings and says goodbye, whoever began it.
async fn attend(mut socket: WebSocket, mut ticks: watch::Receiver<u64>) {
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            Ok(()) = ticks.changed() => {
                let tick = ticks.borrow_and_update().to_string();
                // A socket that is being closed takes nothing, and ends soon.
                let _ = socket.send(tick.into()).await;
            }
        }
    }
}
