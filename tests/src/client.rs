use std::future::Future;

use serde_json::Value;

use crate::{EventClient, PollingClient, RawClient, call};

/// A client that has shaken hands, whatever its transport.
pub trait Client {
    /// Sends one record.
    fn send_record(&mut self, record: Value) -> impl Future<Output = ()> + Send;

    /// The next record that is no ping.
    ///
    /// # Panics
    /// When the connection ends instead.
    fn next_record(&mut self) -> impl Future<Output = Value> + Send;

    /// Calls a method and returns the record that answers.
    ///
    /// # Panics
    /// When the connection ends instead.
    fn answer(
        &mut self,
        id: &str,
        target: &str,
        arguments: Value,
    ) -> impl Future<Output = Value> + Send
    where
        Self: Send,
    {
        let record = call(id, target, arguments);
        async {
            self.send_record(record).await;
            self.next_record().await
        }
    }
}

impl Client for RawClient {
    async fn send_record(&mut self, record: Value) {
        self.send(record).await;
    }

    async fn next_record(&mut self) -> Value {
        self.next().await
    }
}

impl Client for EventClient {
    async fn send_record(&mut self, record: Value) {
        self.send(record).await;
    }

    async fn next_record(&mut self) -> Value {
        self.next().await
    }
}

impl Client for PollingClient {
    async fn send_record(&mut self, record: Value) {
        self.send(record).await;
    }

    async fn next_record(&mut self) -> Value {
        self.next().await
    }
}
