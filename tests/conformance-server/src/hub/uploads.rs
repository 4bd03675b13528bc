//! Methods that take streams, and ones that ask their caller.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use hub_server::{CancellationToken, HubError, InvokeError, StreamArg};
use tokio::time::timeout;

use super::{Caller, Methods};

pub(super) fn register(methods: Methods) -> Methods {
    questions(uploads(methods))
}

fn uploads(methods: Methods) -> Methods {
    methods
        .method("SumUpload", sum)
        .method("ConcatUpload", |items: StreamArg<String>| async move {
            collect(items).await.map(|items| items.concat())
        })
        .method(
            "ZipUploads",
            |first: StreamArg<i32>, second: StreamArg<String>| async move {
                let first = collect(first).await?;
                let second = collect(second).await?;
                let pairs = first.iter().zip(&second).map(|(i, s)| format!("{i}:{s}"));
                Ok::<Vec<String>, HubError>(pairs.collect())
            },
        )
        .method(
            "MixedUpload",
            |prefix: String, items: StreamArg<String>, suffix: String| async move {
                collect(items)
                    .await
                    .map(|items| format!("{prefix}{}{suffix}", items.concat()))
            },
        )
        .method("DrainUpload", drain)
        .method(
            "FirstItems",
            |mut items: StreamArg<i32>, count: usize| async move {
                let mut first = Vec::new();
                while first.len() < count
                    && let Some(item) = items.next().await
                {
                    first.push(item?);
                }
                Ok::<_, HubError>(first)
            },
        )
        .method(
            "HoldUpload",
            |caller: Caller, items: StreamArg<i32>, gate: String| async move {
                caller.hub().lab.pass_gate(&gate).await;
                sum(items).await
            },
        )
        .method(
            "EchoUpload",
            |items: StreamArg<String>, cancelled: CancellationToken| {
                let echoes = items.map(|item| item.map(|item| format!("echo:{item}")));
                let end = async move { cancelled.cancelled().await };
                Box::pin(echoes.take_until(Box::pin(end))) as BoxStream<'static, _>
            },
        )
}

async fn collect<T>(mut items: StreamArg<T>) -> Result<Vec<T>, HubError> {
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item?);
    }
    Ok(all)
}

async fn sum(items: StreamArg<i32>) -> Result<i32, HubError> {
    Ok(collect(items).await?.iter().sum())
}

async fn drain(mut items: StreamArg<String>) -> String {
    let mut seen = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => seen.push(item),
            Err(error) => return format!("failed after {}: {error}", seen.join(",")),
        }
    }
    format!("ended after {}", seen.join(","))
}

fn questions(methods: Methods) -> Methods {
    methods
        .method("AskCaller", |caller: Caller, question: String| async move {
            let answer = caller
                .clients()
                .caller()
                .invoke::<Option<String>>("Ask", (question,))
                .await;
            answer.map_err(|error| HubError::new(error.to_string()))
        })
        .method("AskCallerForInt", |caller: Caller| async move {
            let answer = caller.clients().caller().invoke::<i32>("AskInt", ()).await;
            answer.map_err(|error| HubError::new(error.to_string()))
        })
        .method(
            "AskCallerCaught",
            |caller: Caller, question: String| async move {
                let answer = caller.clients().caller().invoke("Ask", (question,)).await;
                caught(answer)
            },
        )
        .method(
            "AskClientCaught",
            |caller: Caller, id: String, question: String| async move {
                let answer = caller.clients().client(id).invoke("Ask", (question,)).await;
                caught(answer)
            },
        )
        .method(
            "AskCallerBriefly",
            |caller: Caller, question: String, milliseconds: u64| async move {
                let client = caller.clients().caller();
                let answer = client.invoke("Ask", (question,));
                match timeout(Duration::from_millis(milliseconds), answer).await {
                    Ok(answer) => caught(answer),
                    Err(_) => "failed: Invocation canceled by the server.".into(),
                }
            },
        )
}

fn caught(answer: Result<String, InvokeError>) -> String {
    answer.unwrap_or_else(|error| format!("failed: {error}"))
}
