//! Methods run on any thread.

use std::rc::Rc;

use hub_server::hub;

struct Chat;

async fn pause() {}

#[hub]
impl Chat {
    async fn count(&self) -> usize {
        let kept = Rc::new(1);
        pause().await;
        *kept
    }
}

fn main() {}
