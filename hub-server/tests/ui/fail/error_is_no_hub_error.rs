//! An error that is Serialize would reach clients as a value.

use hub_server::hub;
use serde::Serialize;

#[derive(Serialize)]
enum OrderError {
    SoldOut,
}

struct Shop;

#[hub]
impl Shop {
    async fn order(&self, item: u32) -> Result<u32, OrderError> {
        if item == 0 {
            return Err(OrderError::SoldOut);
        }
        Ok(item)
    }
}

fn main() {}
