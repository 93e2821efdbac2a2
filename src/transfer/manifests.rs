use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::sleep;

use super::lane::Lane;
use super::upload::carry_to;
use crate::oci::{Manifest, Tree};
use crate::registry::{Decision, Error, Kind, Remote, decide, jitter};
use crate::report::Failure;
use crate::source::Source;

/// Image manifests that are put to one destination at once.
const AT_ONCE: usize = 6;

/// Children before parents: image manifests together, then indexes one after the other.
pub(super) async fn put_manifests(
    lane: &Lane,
    source: &Source,
    tree: &Tree,
) -> Result<(), Failure> {
    let (images, indexes): (Vec<_>, Vec<_>) = lane
        .manifests()
        .iter()
        .partition(|manifest| manifest.children().is_empty());
    let images = stream::iter(images).map(|manifest| put_whole(lane, manifest, source, tree));
    let () = images.buffer_unordered(AT_ONCE).try_collect().await?;
    for index in indexes {
        put_whole(lane, index, source, tree).await?;
    }
    Ok(())
}

/// Registries have been seen to forget what they took a moment before: what a manifest links to is looked for again,
/// and sent again where it is gone.
async fn put_whole(
    lane: &Lane,
    manifest: &Manifest,
    source: &Source,
    tree: &Tree,
) -> Result<(), Failure> {
    let failed = |error: &Error| lane.failure(step(manifest), error);
    let mut attempt = 1;
    loop {
        let Err(error) = put(lane.remote(), manifest).await else {
            return Ok(());
        };
        if error.kind != Kind::BlobMissing {
            return Err(failed(&error));
        }
        let policy = lane.remote().policy();
        match decide(policy, attempt, Kind::Unavailable, None, jitter()) {
            Decision::Retry(delay) => sleep(delay).await,
            Decision::Reauthenticate | Decision::NewSession(_) | Decision::GiveUp => {
                return Err(failed(&error));
            }
        }
        attempt += 1;
        lane.remote().meter().retries.add(1);
        repair(lane, manifest, source, tree).await?;
    }
}

async fn repair(
    lane: &Lane,
    manifest: &Manifest,
    source: &Source,
    tree: &Tree,
) -> Result<(), Failure> {
    for blob in manifest.blobs() {
        carry_to(&[lane], blob, source).await?;
    }
    for link in manifest.children() {
        let mut manifests = tree.manifests().iter();
        let Some(child) = manifests.find(|it| *it.digest() == link.digest) else {
            continue;
        };
        let failed = |error| lane.failure(step(child), &error);
        let there = lane.remote().resolve(link.digest.as_str()).await;
        if there.map_err(failed)?.is_none() {
            put(lane.remote(), child).await.map_err(failed)?;
        }
    }
    Ok(())
}

fn step(manifest: &Manifest) -> String {
    format!("putting manifest {}", manifest.digest())
}

async fn put(remote: &Remote, manifest: &Manifest) -> Result<(), Error> {
    let digest = manifest.digest();
    match remote.put_manifest(digest.as_str(), manifest).await {
        Ok(true) => Ok(()),
        Ok(false) => confirm(remote, manifest).await,
        // Only the answer may have been lost.
        Err(error) => confirm(remote, manifest).await.or(Err(error)),
    }
}

/// A registry that does not say what it stored is asked.
async fn confirm(remote: &Remote, manifest: &Manifest) -> Result<(), Error> {
    match remote.resolve(manifest.digest().as_str()).await? {
        Some(digest) if digest == *manifest.digest() => Ok(()),
        _ => Err(Error::new(
            Kind::Corrupt,
            "the registry took the manifest and does not have it",
        )),
    }
}
