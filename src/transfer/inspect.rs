use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::failure;
use super::lane::Lane;
use crate::oci::{Descriptor, Digest, Manifest, Tree};
use crate::plan::{Delivery, Plan};
use crate::registry::Remote;
use crate::report::{Failure, Side};

/// Questions that are asked of one registry at once.
const AT_ONCE: usize = 6;

/// What a destination lacks of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Manifests, indexes included.
    pub manifests: Vec<Digest>,
    /// Blobs, configs included.
    pub blobs: Vec<Digest>,
    /// The bytes of both.
    pub bytes: u64,
}

/// What would have to be sent to each destination where tags would move. Only asks; opens no upload.
pub async fn estimate(
    plan: &Plan,
    tree: &Tree,
    destinations: &[Remote],
) -> Vec<(Remote, Result<Lack, Failure>)> {
    let moves = |remote: &Remote| {
        let delivery = plan.delivery(remote.repository())?;
        (!delivery.moves.is_empty()).then(|| (remote.clone(), delivery))
    };
    let asked = destinations.iter().filter_map(moves);
    join_all(asked.map(async |(remote, delivery)| {
        let lack = lack(plan, tree, remote.clone(), delivery).await;
        (remote, lack)
    }))
    .await
}

async fn lack(
    plan: &Plan,
    tree: &Tree,
    remote: Remote,
    delivery: &Delivery,
) -> Result<Lack, Failure> {
    let lane = Lane::open(remote.clone(), tree, delivery.had_image(), plan.publish).await?;
    let ask = async |blob: &Descriptor| match remote.has_blob(blob).await {
        Ok(there) => Ok((!there).then(|| blob.clone())),
        Err(error) => Err(lane.failure("asking for blobs", &error)),
    };
    let needed = tree.blobs().iter().filter(|blob| lane.needs(blob));
    let missing: Vec<_> = stream::iter(needed)
        .map(ask)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let blobs: Vec<_> = missing.into_iter().flatten().collect();
    let manifests = lane.manifests();
    let bytes = blobs.iter().map(|blob| blob.size);
    Ok(Lack {
        bytes: bytes.chain(manifests.iter().map(Manifest::size)).sum(),
        manifests: manifests.iter().map(|it| it.digest().clone()).collect(),
        blobs: blobs.into_iter().map(|blob| blob.digest).collect(),
    })
}

/// The manifests that a destination lacks though a tag there points to their root.
pub async fn missing_manifests(remote: &Remote, tree: &Tree) -> Result<Vec<Digest>, Failure> {
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
