//! A stream outlives the borrow of the hub that made it.

use futures_util::{Stream, stream};
use hub_server::hub;

struct Chat {
    words: Vec<String>,
}

#[hub]
impl Chat {
    fn words(&self) -> impl Stream<Item = String> + Send {
        stream::iter(self.words.iter().cloned())
    }
}

fn main() {}
