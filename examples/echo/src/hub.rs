//! The echo as a hub.

use hub_server::hub;

pub(crate) struct EchoHub;

#[hub]
impl EchoHub {
    async fn echo(&self, message: String) -> String {
        message
    }
}
