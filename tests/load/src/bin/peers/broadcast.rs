//! Broadcasting as people usually write it: a queue for each connection, every message into each of
//! them, and one send for each message that a connection takes out of its queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::any;
use tokio::sync::mpsc;

type Configure = fn(WebSocketUpgrade) -> WebSocketUpgrade;

/// `/broadcast` and `/broadcast/{room}`, with the options that `configure` sets.
pub(crate) fn router(configure: Configure) -> Router {
    let rooms = Rooms::default();
    Router::new()
        .route("/broadcast", any(join_lobby))
        .route("/broadcast/{room}", any(join_named))
        .with_state((rooms, configure))
}

async fn join_lobby(
    State((rooms, configure)): State<(Rooms, Configure)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    join(&rooms.room(""), configure(upgrade))
}

async fn join_named(
    State((rooms, configure)): State<(Rooms, Configure)>,
    Path(name): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    join(&rooms.room(&name), configure(upgrade))
}

/// Enters the room before the upgrade is answered: who sees the answer misses no message.
fn join(room: &Arc<Room>, upgrade: WebSocketUpgrade) -> Response {
    let member = room.enter();
    upgrade.on_upgrade(|socket| member.talk(socket))
}

#[derive(Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<String, Arc<Room>>>>);

impl Rooms {
    fn room(&self, name: &str) -> Arc<Room> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(name.to_owned()).or_default())
    }
}

#[derive(Default)]
struct Room(Mutex<Queues>);

#[derive(Default)]
struct Queues {
    next_key: u64,
    by_key: HashMap<u64, mpsc::UnboundedSender<Message>>,
}

impl Room {
    fn enter(self: &Arc<Self>) -> Member {
        let (sender, queue) = mpsc::unbounded_channel();
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = queues.next_key;
        queues.next_key += 1;
        queues.by_key.insert(key, sender);
        Member {
            room: Arc::clone(self),
            key,
            queue,
        }
    }

    fn broadcast(&self, message: &Message) {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for queue in queues.by_key.values() {
            // Whoever has just left gets nothing; its entry goes when its task ends.
            drop(queue.send(message.clone()));
        }
    }
}

struct Member {
    room: Arc<Room>,
    key: u64,
    queue: mpsc::UnboundedReceiver<Message>,
}

impl Member {
    async fn talk(mut self, mut socket: WebSocket) {
        loop {
            tokio::select! {
                received = socket.recv() => match received {
                    Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => self.room.broadcast(&message),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
                Some(message) = self.queue.recv() => {
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut queues = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.by_key.remove(&self.key);
    }
}
