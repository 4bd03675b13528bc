//! What no hub can have, all at once.

use hub_server::{HubCaller, hub};

struct Chat;

fn anyone(_: &HubCaller<Chat>) -> bool {
    true
}

#[hub(clint = Chat)]
impl Chat {
    async fn rename(&mut self, name: String) {
        let _ = name;
    }

    async fn consume(self) {}

    async fn greet(&self, name: &str) {
        let _ = name;
    }

    async fn find(&self, name: Option<&str>) {
        let _ = name;
    }

    async fn store<T>(&self, value: T) {
        let _ = value;
    }

    async fn show(&self, value: impl ToString) {
        let _ = value;
    }

    #[hub(nmae = "other")]
    async fn misspelt(&self) {}

    async fn send(&self) {}

    #[hub(name = "SEND")]
    async fn send_again(&self) {}

    #[authorize(anyone)]
    fn new() -> Self {
        Self
    }

    #[authorize(anyone)]
    #[hub(skip)]
    fn hidden(&self) {}

    #[on_connected]
    async fn connected(&self, caller: HubCaller<Self>) {
        let _ = caller;
    }
}

fn main() {}
