//! One read buffer per thread, so that a connection that waits holds none.

use std::cell::Cell;

/// Bytes read at once. Larger reads save system calls under load; the memory is
/// per thread.
const LEN: usize = 64 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends the thread's buffer, whose content is of no meaning. A use inside a use
/// gets a buffer of its own.
pub(crate) fn with_buffer<T>(use_buffer: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = BUFFER.take();
    if buffer.is_empty() {
        buffer = vec![0; LEN];
    }
    let result = use_buffer(&mut buffer);
    BUFFER.set(buffer);
    result
}
