//! What no contract can have, all at once.

use hub_server::hub_client;

#[hub_client(name = "chat")]
trait ChatClient: Send {
    fn not_async(&self);
    async fn nobody();
    async fn changes(&mut self);
    async fn generic<T>(&self, value: T);
    async fn unit(&self) -> ();
    async fn fallible(&self) -> Result<bool, String>;
    async fn with_body(&self) {}
    #[hub_client(nmae = "other")]
    async fn misspelt(&self);
    const LIMIT: u32;
}

fn main() {}
