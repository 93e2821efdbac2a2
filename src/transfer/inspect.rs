use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::failure;
use super::lane::Lane;
use crate::oci::{Descriptor, Digest, Manifest, Repository, Tree};
use crate::plan::{Delivery, Plan};
use crate::registry::Remote;
use crate::report::{Failure, Side};

/// Questions that are asked of one registry at once.
const AT_ONCE: usize = 6;

/// What a destination lacks of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// How many manifests, indexes included.
    pub manifests: usize,
    /// How many blobs, configs included.
    pub blobs: usize,
    /// The bytes of both.
    pub bytes: u64,
}

/// What would have to be sent to each destination where tags would move. Only asks; opens no upload.
pub async fn estimate<'a>(
    plan: &'a Plan,
    tree: &Tree,
    destinations: &'a [Remote],
) -> Vec<(&'a Repository, Result<Lack, Failure>)> {
    let moving = with_delivery(plan, destinations).filter(|(_, it)| !it.moves.is_empty());
    join_all(moving.map(async |(remote, delivery)| {
        let lack = lack(plan, tree, remote, delivery).await;
        (remote.repository(), lack)
    }))
    .await
}

/// The manifests that each destination lacks though a tag there points to their root.
pub async fn missing_manifests<'a>(
    plan: &'a Plan,
    tree: &Tree,
    destinations: &'a [Remote],
) -> Vec<(&'a Repository, Result<Vec<Digest>, Failure>)> {
    let right = with_delivery(plan, destinations).filter(|(_, it)| !it.unchanged.is_empty());
    join_all(right.map(async |(remote, _)| (remote.repository(), missing_at(remote, tree).await)))
        .await
}

fn with_delivery<'a>(
    plan: &'a Plan,
    destinations: &'a [Remote],
) -> impl Iterator<Item = (&'a Remote, &'a Delivery)> {
    let delivery = |remote: &'a Remote| Some((remote, plan.delivery(remote.repository())?));
    destinations.iter().filter_map(delivery)
}

async fn lack(
    plan: &Plan,
    tree: &Tree,
    remote: &Remote,
    delivery: &Delivery,
) -> Result<Lack, Failure> {
    let lane = Lane::open(remote.clone(), tree, delivery.had_image(), plan.publish).await?;
    let ask = async |blob: &Descriptor| match remote.has_blob(blob).await {
        Ok(there) => Ok((!there).then_some(blob.size)),
        Err(error) => Err(lane.failure("asking for blobs", &error)),
    };
    let needed = tree.blobs().iter().filter(|blob| lane.needs(blob));
    let asked = stream::iter(needed).map(ask).buffered(AT_ONCE);
    let missing: Vec<Option<u64>> = asked.try_collect().await?;
    let blobs: Vec<u64> = missing.into_iter().flatten().collect();
    let manifests = lane.manifests();
    Ok(Lack {
        manifests: manifests.len(),
        blobs: blobs.len(),
        bytes: blobs.iter().sum::<u64>() + manifests.iter().map(Manifest::size).sum::<u64>(),
    })
}

async fn missing_at(remote: &Remote, tree: &Tree) -> Result<Vec<Digest>, Failure> {
    let ask = async |manifest: &Manifest| {
        let digest = manifest.digest();
        match remote.resolve(digest.as_str()).await {
            Ok(found) => Ok(found.is_none().then(|| digest.clone())),
            Err(error) => Err((digest.clone(), error)),
        }
    };
    let asked = stream::iter(tree.manifests()).map(ask).buffered(AT_ONCE);
    let missing: Result<Vec<_>, _> = asked.try_collect().await;
    match missing {
        Ok(missing) => Ok(missing.into_iter().flatten().collect()),
        Err((digest, error)) => {
            let step = format!("asking for manifest {digest}");
            Err(failure(Side::Destination, remote, step, &error))
        }
    }
}
