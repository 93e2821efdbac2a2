use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::failure;
use super::tee::Running;
use crate::oci::{Descriptor, Digest, Manifest, Tree};
use crate::plan::Publish;
use crate::registry::{Claim, Error, Remote};
use crate::report::{Failure, Side};

/// One destination on its way: what it lacks, and what is known about that.
#[derive(Clone)]
pub(super) struct Lane(Arc<Inner>);

struct Inner {
    remote: Remote,
    /// Manifests to put, children first.
    manifests: Vec<Manifest>,
    /// Blobs that those link to.
    blobs: HashMap<Digest, Descriptor>,
    blobs_done: AtomicUsize,
    /// Bytes of the other blobs, which are there because their manifests are.
    held: u64,
    /// Answers about blobs that nobody has used yet.
    claims: Mutex<HashMap<Digest, Claim>>,
    pace: Pace,
    /// Uploads that go on by themselves since the shared reads left this destination behind.
    running: Mutex<Vec<Running>>,
    /// Blobs that were shared out without it.
    later: Mutex<Vec<Descriptor>>,
    /// Whether the others go on without it if it fails.
    publish: Publish,
    /// Why they do.
    lost: OnceLock<Failure>,
}

/// Whether a destination keeps up with the others, over all its shared reads.
#[derive(Default)]
struct Pace {
    /// Microseconds it took part, and those of them the others waited for it.
    shared: AtomicU64,
    held_up: AtomicU64,
    behind: CancellationToken,
}

/// What the others wait for one destination in all, summed over the blobs at once, before it is left behind;
/// and only if that is more than half of the time: a disk that stalls for a moment is not a slow destination.
const PATIENCE: Duration = Duration::from_secs(2);

impl Lane {
    /// Finds out which manifests the destination lacks.
    ///
    /// A destination that has the root is asked for the rest, since it may have been put there half. One that had
    /// another image under our tags probably has some of the children. One that had nothing is not asked further.
    pub(super) async fn open(
        remote: Remote,
        tree: &Tree,
        had_image: bool,
        publish: Publish,
    ) -> Result<Self, Failure> {
        let manifests = missing(&remote, tree.manifests(), had_image)
            .await
            .map_err(|error| {
                failure(
                    Side::Destination,
                    &remote,
                    "asking for manifests".to_owned(),
                    &error,
                )
            })?;
        let linked = manifests.iter().flat_map(Manifest::blobs);
        let blobs: HashMap<_, _> = linked
            .map(|blob| (blob.digest.clone(), blob.clone()))
            .collect();
        let others = tree.blobs().iter();
        let others = others.filter(|blob| !blobs.contains_key(&blob.digest));
        let held = others.map(|blob| blob.size).sum();
        remote.meter().found.add(held);
        Ok(Self(Arc::new(Inner {
            remote,
            manifests,
            blobs,
            blobs_done: AtomicUsize::new(0),
            held,
            claims: Mutex::default(),
            pace: Pace::default(),
            running: Mutex::default(),
            later: Mutex::default(),
            publish,
            lost: OnceLock::new(),
        })))
    }

    /// A failure of this destination is its own affair where the registries don't wait for each other.
    pub(super) fn endure<T>(&self, result: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(failure)
                if self.0.publish == Publish::Independently
                    && failure.side == Side::Destination =>
            {
                log::info!("the others go on without it: {failure}");
                let _ = self.0.lost.set(failure);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Why the others go on without it.
    pub(super) fn lost(&self) -> Option<&Failure> {
        self.0.lost.get()
    }

    /// Notes that this much time of a shared read passed, and how much of it the others waited for this destination.
    pub(super) fn account(&self, passed: Duration, held_up: Duration) {
        let add = |sum: &AtomicU64, time: Duration| {
            let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            sum.fetch_add(time, Ordering::Relaxed) + time
        };
        let pace = &self.0.pace;
        let (shared, held_up) = (add(&pace.shared, passed), add(&pace.held_up, held_up));
        if u128::from(held_up) > PATIENCE.as_micros() && held_up > shared / 2 {
            self.fall_behind();
        }
    }

    /// From now on it reads for itself.
    pub(super) fn fall_behind(&self) {
        if !self.is_behind() {
            let repository = self.remote().repository();
            log::info!("{repository} is slow: the others go on without it");
            self.0.pace.behind.cancel();
        }
    }

    pub(super) fn is_behind(&self) -> bool {
        self.0.pace.behind.is_cancelled()
    }

    /// Returns when it is behind.
    pub(super) async fn falls_behind(&self) {
        self.0.pace.behind.cancelled().await;
    }

    /// Keeps an upload running that nobody else waits for.
    pub(super) fn keep(&self, upload: Running) {
        lock(&self.0.running).push(upload);
    }

    /// Puts a blob off until the others are done.
    pub(super) fn put_off(&self, blob: &Descriptor) {
        lock(&self.0.later).push(blob.clone());
    }

    /// What it has to do by itself: uploads that run already, and blobs it has not begun.
    pub(super) fn own_work(&self) -> (Vec<Running>, Vec<Descriptor>) {
        let running = std::mem::take(&mut *lock(&self.0.running));
        (running, std::mem::take(&mut *lock(&self.0.later)))
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.0.remote
    }

    pub(super) fn manifests(&self) -> &[Manifest] {
        &self.0.manifests
    }

    pub(super) fn needs(&self, blob: &Descriptor) -> bool {
        self.lost().is_none() && self.0.blobs.contains_key(&blob.digest)
    }

    /// All bytes that are to be there, those that are there already included.
    pub(super) fn bytes(&self) -> u64 {
        let needed: u64 = self.0.blobs.values().map(|blob| blob.size).sum();
        needed + self.0.held
    }

    /// How many blobs are there by now, and how many there must be.
    pub(super) fn blobs(&self) -> (usize, usize) {
        (
            self.0.blobs_done.load(Ordering::Relaxed),
            self.0.blobs.len(),
        )
    }

    pub(super) fn is_complete(&self) -> bool {
        let (done, all) = self.blobs();
        done >= all
    }

    pub(super) fn blob_is_there(&self) {
        self.0.blobs_done.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks for blobs, the smallest first, until one is missing: its session is open then, and kept.
    pub(super) async fn claim_first_missing(
        &self,
        blobs: &[Descriptor],
    ) -> Result<Option<Descriptor>, Failure> {
        let mut needed: Vec<_> = blobs.iter().filter(|blob| self.needs(blob)).collect();
        needed.sort_by_key(|blob| blob.size);
        for blob in needed {
            let claim = self.asked(blob, self.remote().claim(blob).await)?;
            let absent = matches!(claim, Claim::Absent(_));
            self.claims().insert(blob.digest.clone(), claim);
            if absent {
                return Ok(Some(blob.clone()));
            }
        }
        Ok(None)
    }

    /// Opens an upload for nothing but to see that we may, where no blob is missing; it is cancelled when all is done.
    pub(super) async fn knock(&self) -> Result<(), Failure> {
        let opened = self.remote().try_upload().await;
        opened.map_err(|error| self.failure("opening an upload", &error))
    }

    /// What is known about a blob, or what the registry says now.
    pub(super) async fn claim(&self, blob: &Descriptor) -> Result<Claim, Failure> {
        let known = self.claims().remove(&blob.digest);
        match known {
            Some(claim) => Ok(claim),
            None => self.asked(blob, self.remote().claim_after_elder(blob).await),
        }
    }

    /// Whether this blob is better mounted, once another destination at the same registry has it.
    pub(super) fn follows(&self, blob: &Descriptor) -> bool {
        self.remote().follows() && !self.claims().contains_key(&blob.digest)
    }

    fn asked(&self, blob: &Descriptor, claim: Result<Claim, Error>) -> Result<Claim, Failure> {
        let claim = claim.map_err(|error| self.failure("opening an upload", &error))?;
        if matches!(claim, Claim::Present) {
            self.remote().meter().found.add(blob.size);
            self.blob_is_there();
        }
        Ok(claim)
    }

    pub(super) fn failure(&self, step: impl Into<String>, error: &Error) -> Failure {
        failure(Side::Destination, self.remote(), step.into(), error)
    }

    /// Closes the sessions that were opened and not used.
    pub(super) async fn close(&self) {
        let claims = std::mem::take(&mut *self.claims());
        for claim in claims.into_values() {
            if let Claim::Absent(session) = claim {
                self.remote().cancel(session).await;
            }
        }
        self.remote().cancel_spare_sessions().await;
    }

    fn claims(&self) -> MutexGuard<'_, HashMap<Digest, Claim>> {
        lock(&self.0.claims)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn missing(
    remote: &Remote,
    manifests: &[Manifest],
    had_image: bool,
) -> Result<Vec<Manifest>, Error> {
    let Some((root, others)) = manifests.split_last() else {
        return Ok(Vec::new());
    };
    let has_root = remote.resolve(root.digest().as_str()).await?.is_some();
    let mut missing = Vec::new();
    for manifest in others {
        let ask = has_root || had_image;
        if !ask || remote.resolve(manifest.digest().as_str()).await?.is_none() {
            missing.push(manifest.clone());
        }
    }
    if !has_root {
        missing.push(root.clone());
    }
    Ok(missing)
}
