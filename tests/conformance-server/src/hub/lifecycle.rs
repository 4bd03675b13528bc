//! Hooks that do what the query of the transport request says.

use hub_server::HubError;

use super::errors::InvalidOperationException;
use super::{Caller, ConformanceHub, query};

pub(super) async fn connected(hub: &ConformanceHub, caller: &Caller) -> Result<(), HubError> {
    let refused = || "refused".to_owned();
    match query(caller, "onconnected").as_deref() {
        Some("throw") => return Err(InvalidOperationException(refused()).into()),
        Some("throw-hub") => return Err(HubError::new(refused())),
        Some("abort") => caller.abort(),
        Some("send") => {
            let id = caller.connection_id().to_string();
            caller.clients().caller().send("Welcome", (id,)).await?;
        }
        Some("join") => {
            caller
                .groups()
                .add(query(caller, "group").unwrap_or_default())
                .await?;
        }
        Some("wait") => {
            hub.lab
                .pass_gate(&query(caller, "gate").unwrap_or_default())
                .await;
        }
        Some("ask") => {
            let answer = caller
                .clients()
                .caller()
                .invoke::<String>("Ask", ("",))
                .await;
            if let Err(error) = answer {
                caller
                    .clients()
                    .caller()
                    .send("Refused", (error.to_string(),))
                    .await?;
            }
        }
        _ => {}
    }
    Ok(())
}

pub(super) async fn disconnected(hub: &ConformanceHub, caller: &Caller) -> Result<(), HubError> {
    match query(caller, "ondisconnected").as_deref() {
        Some("throw") => return Err(InvalidOperationException("thrown".into()).into()),
        Some("tell") => {
            let group = query(caller, "group").unwrap_or_default();
            caller
                .clients()
                .group(group)
                .send("Message", ("gone",))
                .await?;
        }
        Some("wait") => {
            hub.lab
                .pass_gate(&query(caller, "gate").unwrap_or_default())
                .await;
        }
        _ => {}
    }
    Ok(())
}
