use std::sync::atomic::{AtomicU64, Ordering};

/// The size of the bodies that a registry takes; learned from its 413, never from a host name.
#[derive(Debug)]
pub(super) struct Chunking(AtomicU64);

impl Default for Chunking {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Chunking {
    /// Whether so many bytes must be sent in chunks: as many, or fewer, were too many before.
    pub(super) fn is_needed(&self, size: u64) -> bool {
        size >= self.0.load(Ordering::Relaxed)
    }

    /// So many bytes were too many.
    pub(super) fn learn(&self, size: u64) {
        self.0.fetch_min(size, Ordering::Relaxed);
    }
}
