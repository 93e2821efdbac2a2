use std::future::pending;

use tokio::signal::unix::{SignalKind, signal};

use crate::report::Signal;

/// Waits until the runner asks us to stop.
///
/// As process 1 of a container we would ignore both signals without a handler. From the first poll on they have
/// one for good: a second signal does not kill us while we clean up.
pub async fn cancelled() -> Signal {
    tokio::select! {
        () = received(SignalKind::interrupt()) => Signal::Interrupt,
        () = received(SignalKind::terminate()) => Signal::Terminate,
    }
}

async fn received(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(error) => {
            log::warn!("can't be told to stop: {error}");
            pending::<()>().await;
        }
    }
}
