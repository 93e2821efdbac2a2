use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Bytes of one blob that may be on their way to one destination: read, and not yet taken by its connection.
///
/// This is the program's memory budget, and all of it. Destinations share the chunks, and none can be further behind
/// the reader than this, so a blob that is carried costs one window however many destinations there are, and blobs at once
/// are limited to twelve windows. To that
/// every connection adds its TLS buffers, and a destination that was let go what it still holds of its window.
pub(super) const WINDOW: u32 = 128 * 1024;

/// The room one destination has for the chunks of one blob.
pub(super) struct Window(Arc<Semaphore>);

/// A chunk that gives its room back when the last part of it is gone.
struct Held {
    chunk: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.chunk
    }
}

impl Window {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(WINDOW as usize)))
    }

    /// The chunk, in the room it takes, or `None` where there is no room now.
    pub(super) fn try_hold(&self, chunk: &Bytes) -> Option<Bytes> {
        match Arc::clone(&self.0).try_acquire_many_owned(weight(chunk)) {
            Ok(room) => Some(held(chunk, room)),
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => None,
        }
    }

    /// The same, once there is room.
    pub(super) async fn hold(&self, chunk: &Bytes) -> Bytes {
        match Arc::clone(&self.0).acquire_many_owned(weight(chunk)).await {
            Ok(room) => held(chunk, room),
            // Nobody closes a window; without one the chunk just has no room of its own.
            Err(_) => chunk.clone(),
        }
    }
}

/// A chunk larger than the window takes it whole.
fn weight(chunk: &Bytes) -> u32 {
    u32::try_from(chunk.len()).map_or(WINDOW, |length| length.min(WINDOW))
}

fn held(chunk: &Bytes, room: OwnedSemaphorePermit) -> Bytes {
    Bytes::from_owner(Held {
        chunk: chunk.clone(),
        _room: room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_so_much_and_gets_it_back() {
        let (window, chunk) = (Window::new(), Bytes::from(vec![7; WINDOW as usize / 2]));
        let first = window.try_hold(&chunk).unwrap();
        let second = window.try_hold(&chunk).unwrap();
        assert!(window.try_hold(&chunk).is_none());
        let part = first.slice(5..6);
        drop(first);
        assert!(window.try_hold(&chunk).is_none(), "a part is still there");
        drop(part);
        assert!(window.try_hold(&chunk).is_some());
        assert_eq!(second, chunk);
    }

    #[test]
    fn a_chunk_larger_than_the_window_passes_alone() {
        let (window, chunk) = (Window::new(), Bytes::from(vec![7; 3 * WINDOW as usize]));
        let held = window.try_hold(&chunk).unwrap();
        assert!(window.try_hold(&Bytes::from_static(b"x")).is_none());
        assert_eq!(held.len(), chunk.len());
    }
}
