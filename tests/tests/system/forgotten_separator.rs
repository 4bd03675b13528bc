//! A handshake whose sender forgot the record separator at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hub_server::{HubOptions, hub};
use parking_lot::Mutex;
use serde_json::json;
use tests::{Ending, JSON_HANDSHAKE, RawClient, TestServer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Default)]
struct Watched {
    connected: Arc<AtomicBool>,
}

#[hub]
impl Watched {
    #[on_connected]
    async fn connected(&self) {
        self.connected.store(true, Ordering::SeqCst);
    }
}

/// What is logged, one line for each event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("hub_server")
    }

    fn event(&self, event: &Event<'_>) {
        struct Message(String);
        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        self.0.lock().push(message.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// On one thread, so that the server's log is this test's.
#[tokio::test]
async fn is_waited_for_told_off_and_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let hub = Watched::default();
    let connected = hub.connected.clone();
    let options = HubOptions::new().handshake_timeout(Duration::from_millis(300));
    let (server, _) = TestServer::start_with(hub, options).await;
    let mut client = RawClient::open(&server, "/hub").await;
    client.send_raw(JSON_HANDSHAKE.into()).await;
    let expected = json!({"error": "Handshake was canceled."});
    assert_eq!(client.next().await, expected);
    assert_eq!(client.ending().await, Ending::Closed(1000));
    assert!(!connected.load(Ordering::SeqCst));
    let hint = "the handshake was not complete in time: its record separator (0x1E) is missing";
    let log = log.0.lock();
    assert!(log.iter().any(|line| line == hint), "{log:?}");
}
