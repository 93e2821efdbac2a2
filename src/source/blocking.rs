use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::registry::{Error, Kind};

/// Tells work on a thread of its own that nobody waits for it any more: a cancelled run ends at once.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// An error as soon as the work is in vain.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) {
            Err(Error::new(Kind::Interrupted, "the run was stopped"))
        } else {
            Ok(())
        }
    }
}

struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Does on a thread of its own what waits for a disk or computes for long.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&Stop) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let stop = Stop::default();
    let _guard = StopOnDrop(stop.clone());
    let done = tokio::task::spawn_blocking(move || work(&stop)).await;
    done.unwrap_or_else(|panic| {
        let message = format!("this program failed: {panic}");
        Err(Error::new(Kind::Protocol, message))
    })
}
