//! Data of a connection is made when it opens.

use hub_server::hub;

struct Session(u32);

struct Chat;

#[hub(data = Session)]
impl Chat {
    async fn ready(&self) {}
}

fn main() {}
