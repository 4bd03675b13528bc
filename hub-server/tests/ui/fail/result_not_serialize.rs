//! A result that has no form on the wire.

use hub_server::hub;

struct Report;

struct Chat;

#[hub]
impl Chat {
    async fn report(&self) -> Report {
        Report
    }
}

fn main() {}
