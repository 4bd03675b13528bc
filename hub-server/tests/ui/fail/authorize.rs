//! A function that does not look at the caller.

use hub_server::hub;

struct Chat;

fn is_admin(name: &str) -> bool {
    name == "admin"
}

#[hub]
impl Chat {
    #[authorize(is_admin)]
    async fn ban(&self, user: String) {
        let _ = user;
    }
}

fn main() {}
