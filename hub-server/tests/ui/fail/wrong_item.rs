//! The attributes on what they are not for.

use hub_server::{hub, hub_client};

#[hub]
struct Chat;

#[hub]
impl Default for Chat {
    fn default() -> Self {
        Self
    }
}

#[hub_client]
struct ChatClient;

fn main() {}
