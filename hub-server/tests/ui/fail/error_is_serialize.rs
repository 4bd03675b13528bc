//! A `Result` that is Serialize would reach clients as a value, its error as a
//! success.

use futures_util::{Stream, stream};
use hub_server::{AnyClient, Hub, HubMethods, hub};
use serde::Serialize;

#[derive(Serialize)]
struct SoldOut;

type Order = Result<u32, SoldOut>;

async fn order(item: u32) -> Result<u32, SoldOut> {
    Ok(item)
}

struct ByHand;

impl Hub for ByHand {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        methods.method("Order", order)
    }
}

struct ByMacro;

#[hub]
impl ByMacro {
    async fn order(&self, item: u32) -> Order {
        Ok(item)
    }

    fn orders(&self) -> impl Stream<Item = Order> + Send {
        stream::iter([Err(SoldOut)])
    }
}

fn main() {}
