//! Hooks in their forms, and data of one connection.

use std::sync::atomic::{AtomicU32, Ordering};

use hub_server::{DisconnectReason, Hub, HubCaller, HubError, hub};
use tokio::sync::mpsc;

use crate::{connect, connection, serve};

type Log = mpsc::UnboundedSender<String>;

#[derive(Default)]
struct Visits(AtomicU32);

/// Every parameter that a hook may have, and errors.
struct Doorman {
    log: Log,
}

#[hub(data = Visits)]
impl Doorman {
    #[on_connected]
    async fn on_connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        caller.data().0.fetch_add(1, Ordering::Relaxed);
        Ok(self.log.send("connected".into())?)
    }

    #[on_disconnected]
    async fn gone(
        &self,
        reason: &DisconnectReason,
        caller: &HubCaller<Self>,
    ) -> Result<(), mpsc::error::SendError<String>> {
        let visits = caller.data().0.load(Ordering::Relaxed);
        self.log.send(format!("{visits}: {reason:?}"))
    }

    fn visit(&self, caller: &HubCaller<Self>) -> u32 {
        caller.data().0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Hooks with nothing to wait for and nothing to say.
struct Counter {
    log: Log,
}

#[hub]
impl Counter {
    #[on_connected]
    fn come(&self) {
        let _ = self.log.send("come".into());
    }

    #[cfg(any())]
    #[on_disconnected]
    async fn not_here(&self) {}

    fn ready(&self) {}
}

/// Lets nobody in.
struct Closed;

#[hub]
impl Closed {
    #[on_connected]
    fn refuse(&self) -> Result<(), HubError> {
        Err(HubError::new("closed"))
    }
}

#[tokio::test]
async fn hooks_run_with_what_they_ask_for() {
    let (log, mut seen) = mpsc::unbounded_channel();
    let client = connect(Doorman { log }).await;
    assert_eq!(client.invoke::<u32>("Visit", ()).await.unwrap(), 2);
    client.stop().await;
    assert_eq!(seen.recv().await.unwrap(), "connected");
    assert_eq!(seen.recv().await.unwrap(), "2: Closed");
}

#[tokio::test]
async fn hooks_need_neither_parameters_nor_results() {
    let (log, mut seen) = mpsc::unbounded_channel();
    let client = connect(Counter { log }).await;
    client.invoke::<()>("Ready", ()).await.unwrap();
    assert_eq!(seen.recv().await.unwrap(), "come");
}

#[tokio::test]
async fn a_hook_can_refuse_a_connection() {
    let client = connection(&serve(Closed).await);
    let (ended, mut ends) = mpsc::unbounded_channel();
    client.on_closed(move |end| {
        let _ = ended.send(end);
        async {}
    });
    if client.start().await.is_ok() {
        let end = ends.recv().await.unwrap();
        assert!(end.to_string().contains("closed"), "{end}");
    }
}

fn is_a_hub<H: Hub>() {}

#[test]
fn a_block_without_methods_is_a_hub() {
    is_a_hub::<Closed>();
}
