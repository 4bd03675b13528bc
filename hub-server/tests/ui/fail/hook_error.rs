//! An error of a hook that is no HubError.

use hub_server::hub;

struct Refusal;

struct Chat;

#[hub]
impl Chat {
    #[on_connected]
    async fn connected(&self) -> Result<(), Refusal> {
        Err(Refusal)
    }
}

fn main() {}
