//! Methods that answer with streams, in every form.

use std::pin::Pin;

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use hub_client::HubConnection;
use hub_server::{HubCaller, HubError, hub};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::connect;

type Numbers = Pin<Box<dyn Stream<Item = u32> + Send>>;

/// A hub with a type of its own, which an `impl Stream` has to name.
struct Repeater<T> {
    value: T,
}

#[hub]
impl<T> Repeater<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    fn now(&self, times: usize) -> impl Stream<Item = T> + Send {
        repeat(self.value.clone(), times)
    }

    fn perhaps(&self, times: usize) -> Result<impl Stream<Item = T> + Send, HubError> {
        self.checked(times)
            .map(|times| repeat(self.value.clone(), times))
    }

    async fn later(&self, caller: &HubCaller<Self>, times: usize) -> impl Stream<Item = T> + Send {
        let _ = caller.connection_id();
        tokio::task::yield_now().await;
        repeat(self.value.clone(), times)
    }

    async fn perhaps_later(
        &self,
        times: usize,
    ) -> Result<impl Stream<Item = Result<T, HubError>> + Send, HubError> {
        tokio::task::yield_now().await;
        let value = self.value.clone();
        Ok(repeat(value, self.checked(times)?).map(Ok))
    }

    fn boxed(&self, times: usize) -> BoxStream<'static, T> {
        repeat(self.value.clone(), times).boxed()
    }

    fn by_another_name(&self, times: u32) -> Numbers {
        Box::pin(stream::iter(0..times))
    }

    #[hub(skip)]
    fn checked(&self, times: usize) -> Result<usize, HubError> {
        (times > 0)
            .then_some(times)
            .ok_or_else(|| HubError::new("once at least"))
    }
}

#[tokio::test]
async fn every_form_of_stream_arrives() {
    let client = connect(Repeater { value: 'x' }).await;
    for method in ["Now", "Perhaps", "Later", "PerhapsLater", "Boxed"] {
        let items: Vec<char> = items(&client, method, 3).await.unwrap();
        assert_eq!(items, ['x', 'x', 'x'], "{method}");
    }
    let items: Vec<u32> = items(&client, "ByAnotherName", 3).await.unwrap();
    assert_eq!(items, [0, 1, 2]);
}

#[tokio::test]
async fn a_stream_that_was_refused_is_an_error() {
    let client = connect(Repeater { value: 'x' }).await;
    for method in ["Perhaps", "PerhapsLater"] {
        let error = items::<char>(&client, method, 0).await.unwrap_err();
        assert!(error.contains("once at least"), "{error}");
    }
}

async fn items<T: DeserializeOwned + Send + 'static>(
    client: &HubConnection,
    method: &str,
    times: u32,
) -> Result<Vec<T>, String> {
    let mut stream = client.stream::<T>(method, (times,)).await.unwrap();
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        items.push(item.map_err(|error| error.to_string())?);
    }
    Ok(items)
}

fn repeat<T: Clone>(value: T, times: usize) -> impl Stream<Item = T> {
    stream::iter(std::iter::repeat_n(value, times))
}
