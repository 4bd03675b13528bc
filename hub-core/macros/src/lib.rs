//! The attribute macros of `hub-server`, which re-exports them. What they write
//! can be written by hand with its public items.

mod attributes;
mod client;
mod diagnostics;
mod hub;
mod names;

use proc_macro::TokenStream;

/// Makes a hub of an ordinary `impl` block.
///
/// The block stays as it is. Beside it comes an implementation of
/// `hub_server::Hub` that registers every method with `&self`, under the
/// PascalCase of its name.
///
/// ```ignore
/// #[hub(client = ChatClient, data = Visits)]
/// impl ChatHub {
///     #[on_connected]
///     async fn connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
///         caller.groups().add("lobby").await
///     }
///
///     async fn add(&self, a: i64, b: i64) -> i64 { a + b }
///
///     fn counter(&self, to: u32) -> impl Stream<Item = u32> + Send { stream::iter(0..to) }
/// }
/// ```
///
/// becomes, beside the block itself,
///
/// ```ignore
/// impl Hub for ChatHub {
///     type Client = ChatClient;
///     type Data = Visits;
///
///     fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
///         let methods = methods.method("Add", |this: HubRef<Self>, a: i64, b: i64| async move {
///             Self::add(&this, a, b).await
///         });
///         let methods = methods.method("Counter", |this: HubRef<Self>, to: u32| {
///             Self::counter(&this, to)
///         });
///         methods
///     }
///
///     async fn on_connected(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
///         Self::connected(self, caller).await
///     }
/// }
/// ```
///
/// # The attribute
/// * `client = Type`: what the server may call on its clients, made by
///   `#[hub_client]`. Without it clients are called by name.
/// * `data = Type`: data of one connection; must be `Default`. Without it `()`.
///
/// # Methods
/// * A parameter `&HubCaller<Self>` (or owned) is the caller; `CancellationToken`
///   and `StreamArg<T>` come from the framework; every other one is an argument
///   and has to be owned.
/// * A method that returns a stream without being async must not borrow from
///   `&self`: the macro adds `use<..>` to an `impl Stream` so that the compiler
///   says so in the method itself.
/// * A method that is neither async nor returns a stream is answered at once.
/// * `#[hub(name = "other")]` renames, `#[hub(skip)]` leaves a method out, and
///   `#[authorize(function)]` admits only callers for whom
///   `fn(&HubCaller<Self>) -> bool` is true. Functions without `self` are left
///   alone.
/// * `#[on_connected]` and `#[on_disconnected]` mark the hooks. They are async,
///   take `&HubCaller<Self>` and, the latter, `&DisconnectReason` as they like,
///   and return `Result<(), HubError>` or nothing.
#[proc_macro_attribute]
pub fn hub(arguments: TokenStream, item: TokenStream) -> TokenStream {
    hub::expand(arguments.into(), &item.into()).into()
}

/// Declares what a server may call on its clients.
///
/// ```ignore
/// #[hub_client]
/// pub trait ChatClient {
///     async fn receive_message(&self, user: String, text: String);
///     async fn confirm(&self, question: String) -> bool;
/// }
/// ```
///
/// The trait is only the form of the declaration. It becomes a type of the same
/// name for `#[hub(client = ChatClient)]`, and `ChatClientProxy`, which the
/// selectors of `Clients` return. Its methods send under the PascalCase of their
/// names (`#[hub_client(name = "other")]` renames); all return
/// `Result<_, HubError>`:
///
/// * Those without a result exist on every proxy and wait for no answer.
/// * Those with one exist only on a proxy for one connection: asking a group is
///   a compile error.
#[proc_macro_attribute]
pub fn hub_client(arguments: TokenStream, item: TokenStream) -> TokenStream {
    client::expand(arguments.into(), &item.into()).into()
}
