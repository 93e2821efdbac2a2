use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A bandwidth that all who hold it share.
pub(crate) struct Pace {
    bytes_per_second: u64,
    free_at: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(bytes_per_second: u64) -> Self {
        Self {
            bytes_per_second,
            free_at: Mutex::new(Instant::now()),
        }
    }

    /// Waits until `bytes` more have passed.
    pub(crate) async fn pass(&self, bytes: usize) {
        let until = self.reserve(bytes);
        sleep_until(until).await;
    }

    /// When `bytes` more will have passed.
    pub(crate) fn reserve(&self, bytes: usize) -> Instant {
        let nanoseconds = bytes as u64 * 1_000_000_000 / self.bytes_per_second.max(1);
        let mut free_at = self.free_at.lock().expect("no one panics with the lock");
        *free_at = (*free_at).max(Instant::now()) + Duration::from_nanos(nanoseconds);
        *free_at
    }
}
