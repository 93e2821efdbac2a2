use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::registry::Remote;
use crate::report::{Report, Traffic};
use crate::source::Source;

/// What has become of it so far: true at every moment, so that a run that is stopped can still say where everything is.
pub(super) struct Ledger {
    report: Mutex<Report>,
    /// How many moves of tags are going on, which may not end half-way.
    pub(super) moving: AtomicUsize,
    /// Asks them to end.
    pub(super) stop: CancellationToken,
}

/// How long a move of tags may take to go back once the run is cancelled: after 7.5 seconds a stronger signal comes.
const GRACE: Duration = Duration::from_secs(6);

impl Ledger {
    pub(super) fn new(report: Report) -> Self {
        Self {
            report: Mutex::new(report),
            moving: AtomicUsize::new(0),
            stop: CancellationToken::new(),
        }
    }

    pub(super) fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a move of tags come to an end, since tags may not stay half moved.
    pub(super) async fn wind_up(&self, work: impl Future<Output = ()>) {
        self.stop.cancel();
        if self.moving.load(Ordering::SeqCst) > 0 {
            let _ = timeout(GRACE, work).await;
        }
    }

    /// What is left of the source's quota of pulls.
    pub(super) fn note_pulls(&self, source: &Source) {
        let remote = source.remote();
        let pulls = remote.and_then(|remote| Some((remote.repository(), remote.pulls()?)));
        self.report().pulls_left = pulls.map(|(of, pulls)| (of.registry().to_owned(), pulls.left));
    }

    /// What the work at each destination has cost.
    pub(super) fn count(&self, remotes: &[Remote], elapsed: Duration) {
        let mut report = self.report();
        for remote in remotes {
            let meter = remote.meter();
            let traffic = Traffic {
                sent: meter.sent.get(),
                found: meter.found.get(),
                requests: meter.requests.get(),
                retries: meter.retries.get(),
                elapsed,
            };
            let destinations = report
                .destinations
                .iter_mut()
                .filter(|to| to.repository == *remote.repository());
            destinations.for_each(|to| to.traffic = traffic);
        }
    }
}
