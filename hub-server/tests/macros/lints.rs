//! Generated code in a crate with strict lints: `cargo clippy` must find nothing
//! here.

/// A hub as a library publishes it.
#[warn(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic
)]
mod strict {
    use futures_util::{Stream, stream};
    use hub_server::{DisconnectReason, HubCaller, HubError, hub, hub_client};

    /// What the server calls.
    #[hub_client]
    pub(crate) trait StrictClient {
        /// Tells the news.
        async fn tell(&self, news: String);
        async fn count(&self, among: Vec<u32>) -> usize;
    }

    mod private {
        /// Sends only, and only here.
        #[hub_server::hub_client]
        trait Unused {
            async fn tell(&self, news: String);
        }
    }

    /// A hub.
    #[derive(Debug)]
    pub(crate) struct Strict;

    #[hub(client = StrictClient)]
    impl Strict {
        #[on_connected]
        fn connected(&self) {}

        #[on_disconnected]
        async fn gone(
            &self,
            caller: &HubCaller<Self>,
            reason: &DisconnectReason,
        ) -> Result<(), HubError> {
            caller.clients().all().tell(format!("{reason:?}")).await
        }

        fn shout(&self, text: String) -> String {
            text.to_uppercase()
        }

        fn count(&self, to: u32) -> impl Stream<Item = u32> + Send {
            stream::iter(0..to)
        }

        /// Adds.
        pub(crate) fn add(&self, a: i64, b: i64) -> Result<i64, HubError> {
            a.checked_add(b).ok_or_else(|| HubError::new("too much"))
        }

        /// Was once a method.
        #[deprecated(note = "add")]
        fn sum(&self, a: i64, b: i64) -> i64 {
            a + b
        }
    }
}

#[tokio::test]
async fn a_strict_hub_answers() {
    let client = crate::connect(strict::Strict).await;
    assert_eq!(client.invoke::<i64>("Add", (1, 2)).await.unwrap(), 3);
}
