//! The attribute macros of `hub-server`, which re-exports them. What they write
//! can be written by hand with its public items.
//!
//! Generated code names everything from the root of `hub_server`, so a crate that
//! uses the macros has it as a dependency under that name.

mod attributes;
mod client;
mod diagnostics;
mod hub;
mod names;

use proc_macro::TokenStream;

/// Makes a hub of an ordinary `impl` block.
///
/// The block stays as it is; beside it comes an implementation of
/// [`Hub`](https://docs.rs/hub-server/latest/hub_server/trait.Hub.html). Every
/// method with `&self` becomes one that clients can call, under the PascalCase of
/// its name.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use futures_util::{Stream, stream};
/// use hub_server::{DisconnectReason, HubCaller, HubError, hub, hub_client};
///
/// #[hub_client]
/// trait ChatClient {
///     async fn receive_message(&self, user: String, text: String);
/// }
///
/// /// What is kept for each connection.
/// #[derive(Default)]
/// struct Sent(AtomicU32);
///
/// struct Chat;
///
/// fn is_known(caller: &HubCaller<Chat>) -> bool {
///     caller.user_id().is_some()
/// }
///
/// #[hub(client = ChatClient, data = Sent)]
/// impl Chat {
///     #[on_connected]
///     async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
///         caller.groups().add("lobby").await
///     }
///
///     #[on_disconnected]
///     fn disconnected(&self, caller: &HubCaller<Self>, reason: &DisconnectReason) {
///         println!("{}: {reason:?}", caller.connection_id());
///     }
///
///     // Clients call `SendMessage(room, text)`.
///     #[authorize(is_known)]
///     async fn send_message(
///         &self,
///         caller: &HubCaller<Self>,
///         room: String,
///         text: String,
///     ) -> Result<(), HubError> {
///         caller.data().0.fetch_add(1, Ordering::Relaxed);
///         let room = caller.clients().group(room);
///         room.receive_message(caller.user_or_anonymous(), text).await
///     }
///
///     // A method that does not wait need not be async.
///     #[hub(name = "howMany")]
///     fn count(&self, caller: &HubCaller<Self>) -> u32 {
///         caller.data().0.load(Ordering::Relaxed)
///     }
///
///     fn counter(&self, from: u32, to: u32) -> impl Stream<Item = u32> + Send {
///         stream::iter(from..to)
///     }
/// }
/// ```
///
/// # The attribute
/// * `client = Type`: what the server may call on its clients, made by
///   [`#[hub_client]`](macro@hub_client). Default: `hub_server::AnyClient`, whose
///   clients are called by name.
/// * `data = Type`: data of one connection, which must be `Default`. Default:
///   `()`.
///
/// # Parameters
/// `HubCaller<Self>`, by value or by reference, is the caller. `CancellationToken`
/// and `StreamArg<T>` come from the framework as well. Every other parameter is an
/// argument that the client sends: it is `serde::Deserialize` and owns its data.
/// They may stand in any order; there are at most 11.
///
/// # Results
/// * A value that is `serde::Serialize`, or nothing. A method that is not async is
///   answered at once: it must not block.
/// * A stream of such values or of `Result`s. It outlives the borrow of the hub
///   that made it. In edition 2024 an `impl Trait` in a return type would capture
///   that borrow; therefore the macro adds `use<..>`, with the type parameters of
///   the block, to each one that has no `use<..>` yet. Clone what the stream needs
///   of `self`.
/// * A `Result` of a value or a stream. Its error is a `HubError` or whatever `?`
///   makes one of; no other is accepted, not even one that is `Serialize`. This
///   looks at the name `Result`: behind an alias of another name the error must be
///   a `HubError` itself.
///
/// # Attributes of methods
/// * `#[hub(name = "other")]` gives the method another name on the wire.
/// * `#[hub(skip)]` hides it from clients. So are functions without `self`.
/// * `#[authorize(allowed)]` lets only callers call it for whom `allowed` is true:
///   any expression that `HubMethods::authorize` takes, such as the name of a
///   `fn(&HubCaller<Self>) -> bool`. Several of them must all be true.
/// * `#[on_connected]` and `#[on_disconnected]` mark the hooks, which clients
///   cannot call. They take `&HubCaller<Self>` and, the latter,
///   `&DisconnectReason`, if they want to, are async or not, and return a `Result`
///   of nothing, or nothing.
/// * `#[cfg(..)]` counts for the registration, too.
///
/// # What it writes
/// For the method `add` and the hook `connected` of a hub:
///
/// ```
/// # use hub_server::{AnyClient, Hub, HubCaller, HubError, HubMethods, HubRef, via};
/// # struct Chat;
/// # impl Chat {
/// #     async fn connected(&self, _: &HubCaller<Self>) -> Result<(), HubError> { Ok(()) }
/// #     async fn add(&self, a: i64, b: i64) -> i64 { a + b }
/// # }
/// impl Hub for Chat {
///     type Client = AnyClient;
///     type Data = ();
///
///     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
///         // The marker says that the method is async and has three parameters. It
///         // could be left to the compiler, whose errors are better with it.
///         let methods = methods.method::<(via::Async<_>, (_, _), (_, _), (_, _)), _>(
///             "Add",
///             |this: HubRef<Self>, a: i64, b: i64| async move { Self::add(&this, a, b).await },
///         );
///         methods
///     }
///
///     async fn on_connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
///         Ok(Self::connected(self, caller).await?)
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn hub(arguments: TokenStream, item: TokenStream) -> TokenStream {
    hub::expand(arguments.into(), &item.into()).into()
}

/// Declares what a server may call on its clients.
///
/// The trait is only the form of the declaration. In its place comes a type of the
/// same name, which nobody can make, for
/// [`#[hub(client = ChatClient)]`](macro@hub), and `ChatClientProxy<Reach>`, which
/// the selectors of `Clients` then return. Its methods send under the PascalCase
/// of their names; `#[hub_client(name = "other")]` on a method gives it another.
///
/// ```
/// use hub_server::{HubContext, hub, hub_client};
///
/// #[hub_client]
/// pub trait ChatClient {
///     /// Somebody said something.
///     async fn receive_message(&self, user: &str, text: &str);
///
///     #[hub_client(name = "areYouSure")]
///     async fn confirm(&self, question: String) -> bool;
/// }
///
/// pub struct Chat;
///
/// #[hub(client = ChatClient)]
/// impl Chat {}
///
/// type AnyError = Box<dyn std::error::Error + Send + Sync>;
///
/// async fn close(context: &HubContext<Chat>, owner: &str) -> Result<(), AnyError> {
///     let owner = context.clients().client(owner);
///     if owner.confirm("Close the chat?".into()).await? {
///         context.clients().all().receive_message("system", "goodbye").await?;
///     }
///     Ok(())
/// }
/// ```
///
/// * Methods without a result send and wait for no answer. They exist on every
///   proxy.
/// * Methods with a result ask. They exist on a proxy for one connection only:
///   asking a group is a compile error.
///
/// ```compile_fail,E0599
/// # use hub_server::{HubContext, InvokeError, hub, hub_client};
/// # #[hub_client]
/// # pub trait ChatClient {
/// #     async fn confirm(&self, question: String) -> bool;
/// # }
/// # pub struct Chat;
/// # #[hub(client = ChatClient)]
/// # impl Chat {}
/// async fn ask_everyone(context: &HubContext<Chat>) -> Result<bool, InvokeError> {
///     context.clients().all().confirm("Close the chat?".into()).await
/// }
/// ```
///
/// Arguments are `serde::Serialize` and may be borrowed; results are
/// `DeserializeOwned`.
///
/// # Errors
/// In a hub, all methods return a `Result` with a `HubError`, so that a hub's method
/// can end with one. On what a `HubContext` selects they return one with a
/// `SendError` or, if they ask, an `InvokeError`, which are `std::error::Error`s.
/// Who has to tell errors apart in a hub calls by name: `ClientProxy::from(proxy)`
/// has `send` and `invoke`, with the same errors everywhere.
///
/// # Cancellation
/// Dropping the future of a call that asks gives the answer up. Dropping the one of
/// a call that sends, once it was polled, does not take the message back.
#[proc_macro_attribute]
pub fn hub_client(arguments: TokenStream, item: TokenStream) -> TokenStream {
    client::expand(arguments.into(), &item.into()).into()
}
