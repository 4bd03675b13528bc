use std::future::Future;
use std::time::Duration;

/// Far more than anything takes on a busy machine: only what hangs gets here.
const PATIENCE: Duration = Duration::from_secs(30);

/// The value of `future`, which must not hang.
///
/// # Panics
/// When it does.
pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it must not hang")
}

/// Waits until `condition` holds, for what happens without telling anybody.
///
/// # Panics
/// When it does not come true.
pub async fn eventually(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
