//! Arguments and answers that have no form on the wire.

use hub_server::hub_client;

pub struct Order;

#[hub_client]
pub trait ShopClient {
    async fn ordered(&self, order: Order);
    async fn pick(&self) -> Order;
}

fn main() {}
