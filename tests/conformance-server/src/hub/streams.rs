//! Methods that answer with streams.

use futures_util::stream::{self, BoxStream, StreamExt};
use hub_server::{CancellationToken, HubError};
use tokio::sync::mpsc;

use super::errors::InvalidOperationException;
use super::{Caller, Methods};
use crate::values::Thing;

type Items<T> = BoxStream<'static, T>;

pub(super) fn register(methods: Methods) -> Methods {
    let methods = values(methods);
    let methods = failures(methods);
    methods
        .method("HoldStream", hold_stream)
        .method("GatedCount", gated_count)
}

fn values(methods: Methods) -> Methods {
    methods
        .method("Count", |count: i32| stream::iter(0..count))
        .method("CountChannel", |count: i32| {
            through_a_channel((0..count).map(Ok).collect())
        })
        .method("CountInTask", |count: i32| async move {
            tokio::task::yield_now().await;
            stream::iter(0..count)
        })
        .method("Words", |words: Vec<Option<String>>| stream::iter(words))
        .method("Things", |count: i32| {
            stream::iter((0..count).map(|number| Thing {
                name: Some(format!("thing {number}")),
                count: number,
                ..Thing::default()
            }))
        })
}

fn failures(methods: Methods) -> Methods {
    methods
        .method("ThrowMidway", |count: i32, message: String| {
            count_then(count, InvalidOperationException(message).into())
        })
        .method("ThrowHubMidway", |count: i32, message: String| {
            count_then(count, HubError::new(message))
        })
        .method("FaultChannelMidway", |count: i32, message: String| {
            let mut items: Vec<_> = (0..count).map(Ok).collect();
            items.push(Err(InvalidOperationException(message).into()));
            through_a_channel(items)
        })
        .method("ThrowBeforeStream", |message: String| async move {
            Err::<Items<i32>, _>(HubError::new(message))
        })
        .method("NullStream", || async { None::<Items<i32>> })
}

fn count_then(count: i32, error: HubError) -> Items<Result<i32, HubError>> {
    let end = stream::once(async move { Err(error) });
    stream::iter(0..count).map(Ok).chain(end).boxed()
}

fn through_a_channel(items: Vec<Result<i32, HubError>>) -> Items<Result<i32, HubError>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for item in items {
            if sender.send(item).await.is_err() {
                return;
            }
        }
    });
    receive(receiver)
}

fn receive<T: Send + 'static>(receiver: mpsc::Receiver<T>) -> Items<T> {
    stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    })
    .boxed()
}

fn hold_stream(caller: Caller, label: String, cancelled: CancellationToken) -> Items<&'static str> {
    let end = async move {
        cancelled.cancelled().await;
        let told = caller
            .clients()
            .caller()
            .send("StreamCancelled", (label,))
            .await;
        if let Err(error) = told {
            eprintln!("a send failed: {error}");
        }
    };
    let end = stream::once(end).filter_map(|()| async { None });
    stream::iter(["started"]).chain(end).boxed()
}

fn gated_count(caller: Caller, count: i32, gate: String) -> Items<i32> {
    let rest = async move {
        caller.hub().lab.pass_gate(&gate).await;
        stream::iter(1..count)
    };
    stream::iter([0])
        .chain(stream::once(rest).flatten())
        .boxed()
}
