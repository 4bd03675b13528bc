//! From where clients and groups are used, which decides what a failure is.

use std::error::Error;

use crate::HubError;

/// From where clients and groups are used: [`InHub`] or [`Outside`].
///
/// In a hub, whatever fails fails with [`HubError`], so that a method can end
/// with a call on a client. Outside of it (a [`HubContext`](crate::HubContext) in
/// a request handler, a timer) the failure is what happened, an ordinary
/// [`std::error::Error`] that `?` turns into whatever the handler returns.
///
/// ```
/// # use hub_server::{HubCaller, HubContext, HubError, hub, hub_client};
/// #[hub_client]
/// trait ChatClient {
///     async fn receive_message(&self, text: &str);
/// }
///
/// struct Chat;
///
/// #[hub(client = ChatClient)]
/// impl Chat {
///     async fn say(&self, caller: &HubCaller<Self>, text: String) -> Result<(), HubError> {
///         caller.clients().others().receive_message(&text).await
///     }
/// }
///
/// type AnyError = Box<dyn std::error::Error + Send + Sync>; // or `anyhow::Error`
///
/// async fn join(context: &HubContext<Chat>, connection: &str) -> Result<(), AnyError> {
///     context.groups().add(connection, "lobby").await?;
///     context.clients().group("lobby").receive_message("Hello!").await?;
///     Ok(())
/// }
/// ```
pub trait Place: sealed::Place + Send + Sync + 'static {
    /// What a failure `E` is here.
    type Error<E: Error + Send + Sync + 'static>: From<E>;
}

/// In a hub: a failure is a [`HubError`].
#[derive(Debug)]
pub enum InHub {}

impl Place for InHub {
    type Error<E: Error + Send + Sync + 'static> = HubError;
}

/// Outside of a hub: a failure is what happened.
#[derive(Debug)]
pub enum Outside {}

impl Place for Outside {
    type Error<E: Error + Send + Sync + 'static> = E;
}

mod sealed {
    pub trait Place {}
    impl Place for super::InHub {}
    impl Place for super::Outside {}
}
