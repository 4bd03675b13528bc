//! The hub that nearly every scenario talks to; one file for each family of
//! methods.

mod errors;
mod lifecycle;
mod plain;
mod selectors;
mod streams;
mod uploads;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use hub_server::{AnyClient, DisconnectReason, Hub, HubCaller, HubError, HubMethods};
use parking_lot::Mutex;

use crate::lab::Lab;

pub(crate) use errors::InvalidOperationException;

/// The conformance hub.
pub(crate) struct ConformanceHub {
    lab: Arc<Lab>,
    /// Whether the hooks do what the query of the transport request says.
    obeys_queries: bool,
}

/// Items of one connection.
#[derive(Default)]
pub(crate) struct Items(Mutex<HashMap<String, String>>);

type Caller = HubCaller<ConformanceHub>;
type Methods = HubMethods<ConformanceHub>;

impl ConformanceHub {
    pub(crate) fn new(lab: &Arc<Lab>) -> Self {
        Self {
            lab: lab.clone(),
            obeys_queries: false,
        }
    }

    pub(crate) fn obeying_queries(mut self) -> Self {
        self.obeys_queries = true;
        self
    }
}

impl Hub for ConformanceHub {
    type Client = AnyClient;
    type Data = Items;

    fn methods(methods: Methods) -> Methods {
        let methods = plain::register(methods);
        let methods = values::register(methods);
        let methods = selectors::register(methods);
        let methods = streams::register(methods);
        uploads::register(methods)
    }

    async fn on_connected(&self, caller: &Caller) -> Result<(), HubError> {
        if self.obeys_queries {
            lifecycle::connected(self, caller).await?;
        }
        if let Some(key) = query(caller, "journal") {
            self.lab.write(&key, "connected".into());
        }
        Ok(())
    }

    async fn on_disconnected(
        &self,
        caller: &Caller,
        reason: &DisconnectReason,
    ) -> Result<(), HubError> {
        if let Some(key) = query(caller, "journal") {
            let entry = match reason.error() {
                Some(error) => format!("disconnected: {error}"),
                None => "disconnected".into(),
            };
            self.lab.write(&key, entry);
        }
        if self.obeys_queries {
            lifecycle::disconnected(self, caller).await?;
        }
        Ok(())
    }
}

/// A value of the transport request's query; its name in any case.
fn query(caller: &Caller, name: &str) -> Option<String> {
    let query = caller.request().uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned())
}
