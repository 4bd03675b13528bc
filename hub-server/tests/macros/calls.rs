//! Which functions become methods, under which name, and who may call them.

use hub_client::InvokeError;
use hub_server::{
    CancellationToken, Hub, HubCaller, HubError, HubMethods, HubRef, TransportKind, hub,
};
use serde::{Deserialize, Serialize};

use crate::connect;

struct Orders {
    prices: Vec<u32>,
}

#[derive(Deserialize, Serialize)]
struct Order {
    item: usize,
    count: u32,
}

/// An error that is Serialize, which must not reach clients as a value.
#[derive(Debug, Serialize)]
struct SoldOut;

impl From<SoldOut> for HubError {
    fn from(_: SoldOut) -> Self {
        Self::new("sold out")
    }
}

fn nobody(_: &HubCaller<Orders>) -> bool {
    false
}

fn connected_by(transport: TransportKind) -> impl Fn(&HubCaller<Orders>) -> bool + Send + Sync {
    move |caller| caller.transport() == transport
}

#[hub]
impl Orders {
    fn new() -> Self {
        Self { prices: vec![3, 5] }
    }

    async fn place<'a>(&'a self, order: Order, by: &'a HubCaller<Self>) -> Result<u32, SoldOut> {
        assert!(!by.connection_id().as_str().is_empty());
        let price = self.prices.get(order.item).ok_or(SoldOut)?;
        Ok(price * order.count)
    }

    /// Neither async nor a stream.
    fn shout(&self, text: String) -> String {
        text.to_uppercase()
    }

    #[hub(name = "items.count")]
    fn count(&self) -> usize {
        self.prices.len()
    }

    async fn r#loop(&self, caller: HubCaller<Self>, stop: CancellationToken) -> bool {
        caller.hub().is_empty() || stop.is_cancelled()
    }

    async fn nothing(&self) {}

    #[hub(skip)]
    fn is_empty(&self) -> bool {
        self.prices.is_empty()
    }

    #[authorize(nobody)]
    async fn buy_all(&self) {}

    #[authorize(connected_by(TransportKind::WebSockets))]
    #[authorize(|caller| caller.user_id().is_none())]
    async fn look(&self) -> u32 {
        self.prices[0]
    }

    #[cfg(any())]
    async fn not_here(&self, argument: DoesNotExist) {}

    #[cfg(not(any()))]
    #[deprecated]
    async fn here(&self) {}
}

struct ByHand;

impl Hub for ByHand {
    type Client = hub_server::AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods.method(
            "Add",
            |_: HubRef<Self>, a: i64, b: i64| async move { a + b },
        )
    }
}

struct ByMacro;

#[hub]
impl ByMacro {
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

#[tokio::test]
async fn a_hub_by_macro_behaves_as_one_by_hand() {
    let (by_hand, by_macro) = (connect(ByHand).await, connect(ByMacro).await);
    for client in [&by_hand, &by_macro] {
        assert_eq!(client.invoke::<i64>("add", (2, 3)).await.unwrap(), 5);
    }
    for wrong in [&[1][..], &[1, 2, 3]] {
        let texts = [
            error(&by_hand, "Add", wrong).await,
            error(&by_macro, "Add", wrong).await,
        ];
        assert_eq!(texts[0], texts[1]);
    }
}

#[tokio::test]
async fn parameters_are_recognised_in_any_place() {
    let client = connect(Orders::new()).await;
    let order = Order { item: 1, count: 2 };
    assert_eq!(client.invoke::<u32>("Place", (order,)).await.unwrap(), 10);
    assert!(!client.invoke::<bool>("Loop", ()).await.unwrap());
    client.invoke::<()>("Nothing", ()).await.unwrap();
    client.invoke::<()>("Here", ()).await.unwrap();
}

#[tokio::test]
async fn functions_that_do_not_wait_are_answered() {
    let client = connect(Orders::new()).await;
    let shouted = client.invoke::<String>("Shout", ("hey",)).await.unwrap();
    assert_eq!(shouted, "HEY");
    assert_eq!(client.invoke::<usize>("items.count", ()).await.unwrap(), 2);
}

#[tokio::test]
async fn every_error_of_a_result_is_an_error() {
    let client = connect(Orders::new()).await;
    let order = [Order { item: 9, count: 1 }];
    let text = error(&client, "Place", &order).await;
    assert!(text.ends_with("HubException: sold out"), "{text}");
}

#[tokio::test]
async fn what_is_no_method_does_not_exist() {
    let client = connect(Orders::new()).await;
    for name in ["New", "IsEmpty", "Count", "NotHere"] {
        let text = error::<u32>(&client, name, &[]).await;
        assert!(text.contains("Method does not exist"), "{text}");
    }
}

#[tokio::test]
async fn authorization_is_asked_for_every_call() {
    let client = connect(Orders::new()).await;
    let text = error::<u32>(&client, "BuyAll", &[]).await;
    assert!(text.contains("user is unauthorized"), "{text}");
    assert_eq!(client.invoke::<u32>("Look", ()).await.unwrap(), 3);
}

async fn error<T: Serialize>(
    client: &hub_client::HubConnection,
    method: &str,
    arguments: &[T],
) -> String {
    match client.invoke::<u32>(method, arguments).await {
        Err(InvokeError::Server(error)) => error.to_string(),
        other => panic!("{method}: {other:?}"),
    }
}
