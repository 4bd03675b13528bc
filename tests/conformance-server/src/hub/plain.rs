//! Plain methods.

use hub_server::{CancellationToken, HubError};

use super::errors::{InvalidOperationException, TaskCanceledException};
use super::{Caller, Methods, query};

pub(super) fn register(methods: Methods) -> Methods {
    let methods = results(methods);
    let methods = failures(methods);
    let methods = cancellable(methods);
    about_the_caller(methods)
}

fn results(methods: Methods) -> Methods {
    methods
        .method("Echo", |value: Option<String>| async move { value })
        .method("Add", |a: i32, b: i32| async move { a.wrapping_add(b) })
        .method("Concat", |a: String, b: Option<String>| async move {
            format!("{a}|{}", b.as_deref().unwrap_or("null"))
        })
        .method("DoNothing", || async {})
        .method("ReturnNull", || async { None::<String> })
        .method("ReturnNaN", || async { f64::NAN })
        .method(
            "ReturnText",
            |length: usize| async move { "x".repeat(length) },
        )
        .method("WithDefault", |a: String, b: String| async move {
            format!("{a}|{b}")
        })
        .method("renamed", || async { "renamed" })
        .method("SendBack", send_back)
        .method("SendMany", |caller: Caller, count: i32| async move {
            for number in 0..count {
                send_back(caller.clone(), number.to_string()).await?;
            }
            Ok::<_, HubError>(())
        })
        .method("WaitForGate", |caller: Caller, gate: String| async move {
            caller.hub().lab.pass_gate(&gate).await;
            "open"
        })
}

fn failures(methods: Methods) -> Methods {
    methods
        .method("ThrowPlain", |message: String| async move {
            Err::<(), _>(InvalidOperationException(message))
        })
        .method("ThrowHub", |message: String| async move {
            Err::<(), _>(HubError::new(message))
        })
        .method(
            "SendBackThenThrow",
            |caller: Caller, text: String| async move {
                send_back(caller, text.clone()).await?;
                Err::<(), HubError>(InvalidOperationException(text).into())
            },
        )
}

fn cancellable(methods: Methods) -> Methods {
    methods
        .method(
            "CancellableWait",
            |cancelled: CancellationToken| async move {
                cancelled.cancelled().await;
                "cancelled"
            },
        )
        .method("CancellableTell", cancellable_tell)
        .method(
            "CancellableFail",
            |message: String, cancelled: CancellationToken| async move {
                cancelled.cancelled().await;
                Err::<(), _>(HubError::new(message))
            },
        )
        .method(
            "CancellableDelay",
            |cancelled: CancellationToken| async move {
                cancelled.cancelled().await;
                Err::<(), _>(TaskCanceledException)
            },
        )
}

fn about_the_caller(methods: Methods) -> Methods {
    methods
        .method("AdminOnly", || async { "admin" })
        .authorize(|caller| {
            caller
                .principal()
                .is_some_and(|user| user.has_claim("role", "admin"))
        })
        .method("NeedsScope", || async { "scope" })
        .authorize(|caller| {
            caller
                .principal()
                .is_some_and(|user| user.has_claim("scope", "write"))
        })
        .method("ConnectionId", |caller: Caller| async move {
            caller.connection_id().to_string()
        })
        .method("UserIdentifier", |caller: Caller| async move {
            caller.user_id().map(ToString::to_string)
        })
        .method("Claim", |caller: Caller, name: String| async move {
            caller
                .principal()
                .and_then(|user| user.claim(&name).map(str::to_owned))
        })
        .method("TransportName", |caller: Caller| async move {
            caller.transport().name()
        })
        .method("Header", |caller: Caller, name: String| async move {
            let value = caller.request().headers.get(name.to_ascii_lowercase())?;
            value.to_str().ok().map(str::to_owned)
        })
        .method("Query", |caller: Caller, name: String| async move {
            query(&caller, &name)
        })
        .method(
            "SetItem",
            |caller: Caller, key: String, value: String| async move {
                caller.data().0.lock().insert(key, value);
            },
        )
        .method("GetItem", |caller: Caller, key: String| async move {
            caller.data().0.lock().get(&key).cloned()
        })
        .method("Abort", |caller: Caller| async move {
            caller.abort();
            "aborted"
        })
}

async fn send_back(caller: Caller, text: String) -> Result<(), HubError> {
    Ok(caller.clients().caller().send("Message", (text,)).await?)
}

async fn cancellable_tell(
    caller: Caller,
    label: String,
    cancelled: CancellationToken,
) -> Result<String, HubError> {
    let client = caller.clients().caller();
    client.send("Started", (&label,)).await?;
    cancelled.cancelled().await;
    caller.hub().lab.write(&label, "cancelled".into());
    client.send("Cancelled", (&label,)).await?;
    Ok(label)
}
