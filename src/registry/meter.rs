use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what one repository's work costs; shared by everyone who works for it.
#[derive(Debug, Default)]
pub struct Meter {
    /// Requests, retries included.
    pub requests: Count,
    /// Requests that were sent again.
    pub retries: Count,
    /// Bytes of blobs and manifests sent.
    pub sent: Count,
    /// Bytes of blobs that were there already.
    pub found: Count,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds to it.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
