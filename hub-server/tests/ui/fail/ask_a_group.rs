//! A group cannot be asked: who of it would answer?

use hub_server::{HubCaller, HubError, hub, hub_client};

#[hub_client]
trait ChatClient {
    async fn confirm(&self, question: String) -> bool;
}

struct Chat;

#[hub(client = ChatClient)]
impl Chat {
    async fn leave(&self, caller: &HubCaller<Self>) -> Result<bool, HubError> {
        caller.clients().group("room").confirm("Sure?".into()).await
    }
}

fn main() {}
