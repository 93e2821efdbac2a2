use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::failure;
use crate::oci::{Descriptor, Digest, Manifest, Tree};
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
    /// Answers about blobs that nobody has used yet.
    claims: Mutex<HashMap<Digest, Claim>>,
}

impl Lane {
    /// Finds out which manifests the destination lacks.
    ///
    /// A destination that has the root is asked for the rest, since it may have been put there half. One that had
    /// another image under our tags probably has some of the children. One that had nothing is not asked further.
    pub(super) async fn open(
        remote: Remote,
        tree: &Tree,
        had_image: bool,
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
        let blobs = linked
            .map(|blob| (blob.digest.clone(), blob.clone()))
            .collect();
        Ok(Self(Arc::new(Inner {
            remote,
            manifests,
            blobs,
            blobs_done: AtomicUsize::new(0),
            claims: Mutex::default(),
        })))
    }

    pub(super) fn remote(&self) -> &Remote {
        &self.0.remote
    }

    pub(super) fn manifests(&self) -> &[Manifest] {
        &self.0.manifests
    }

    pub(super) fn needs(&self, blob: &Descriptor) -> bool {
        self.0.blobs.contains_key(&blob.digest)
    }

    pub(super) fn bytes_needed(&self) -> u64 {
        self.0.blobs.values().map(|blob| blob.size).sum()
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

    /// Asks for blobs, in this order, until one is missing: its session is open then, and kept.
    pub(super) async fn claim_first_missing(
        &self,
        blobs: &[Descriptor],
    ) -> Result<Option<Descriptor>, Failure> {
        for blob in blobs.iter().filter(|blob| self.needs(blob)) {
            let claim = self.ask(blob).await?;
            let absent = matches!(claim, Claim::Absent(_));
            self.claims().insert(blob.digest.clone(), claim);
            if absent {
                return Ok(Some(blob.clone()));
            }
        }
        Ok(None)
    }

    /// What is known about a blob, or what the registry says now.
    pub(super) async fn claim(&self, blob: &Descriptor) -> Result<Claim, Failure> {
        let known = self.claims().remove(&blob.digest);
        match known {
            Some(claim) => Ok(claim),
            None => self.ask(blob).await,
        }
    }

    async fn ask(&self, blob: &Descriptor) -> Result<Claim, Failure> {
        let claim = self
            .remote()
            .claim(blob)
            .await
            .map_err(|error| self.failure("opening an upload", &error))?;
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

    fn claims(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Claim>> {
        self.0.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
