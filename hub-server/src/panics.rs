//! Where panics of the application's code end.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the application's code; `None` when it panicked. What it leaves behind
/// then is its own affair, which is why unwind safety is asserted here, once.
pub(crate) fn contain<T>(code: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => Some(value),
        Err(payload) => {
            // What a panic carries is the application's too, and may panic when
            // it is dropped. Whoever insists loses a little memory.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                mem::forget(again);
            }
            None
        }
    }
}

/// Drops what belongs to the application.
pub(crate) fn drop_contained<T>(value: T) {
    contain(|| drop(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Insists;

    impl Drop for Insists {
        fn drop(&mut self) {
            std::panic::panic_any(Self);
        }
    }

    #[test]
    fn a_panic_ends_here_whatever_it_carries() {
        assert_eq!(contain(|| 1), Some(1));
        assert_eq!(contain(|| panic!("on purpose")), None::<()>);
        assert_eq!(contain(|| std::panic::panic_any(Insists)), None::<()>);
        drop_contained(Insists);
    }
}
