//! An argument that cannot be made of a message.

use hub_server::hub;

struct Order;

struct Chat;

#[hub]
impl Chat {
    async fn place(&self, first: i32, order: Order) {
        let _ = (first, order);
    }
}

fn main() {}
