use std::fmt;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::attach::unfound;
use super::failure;
use super::lane::Lane;
use crate::oci::{Descriptor, Digest, Manifest, Repository, Tag, Tree};
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

/// Something that a tag which is right should lead to, and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// A manifest that is not there.
    Manifest(Digest),
    /// A referrer that nobody finds who asks for what refers to its subject.
    Unlisted {
        /// The referrer.
        referrer: Digest,
        /// What it refers to.
        subject: Digest,
    },
    /// A tag of cosign's that does not hold what the source's holds.
    Signatures(Tag),
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(digest) => write!(formatter, "lacks the manifest {digest}"),
            Self::Unlisted { referrer, subject } => {
                write!(
                    formatter,
                    "does not list {referrer} as referring to {subject}"
                )
            }
            Self::Signatures(tag) => write!(formatter, "lacks signatures under the tag {tag}"),
        }
    }
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

/// What each destination lacks though a tag there points to the root.
pub async fn gaps<'a>(
    plan: &'a Plan,
    tree: &Tree,
    destinations: &'a [Remote],
) -> Vec<(&'a Repository, Result<Vec<Gap>, Failure>)> {
    let right = with_delivery(plan, destinations).filter(|(_, it)| !it.unchanged.is_empty());
    join_all(right.map(async |(remote, _)| (remote.repository(), gaps_at(remote, tree).await)))
        .await
}

async fn gaps_at(remote: &Remote, tree: &Tree) -> Result<Vec<Gap>, Failure> {
    let mut gaps = missing_at(remote, tree).await?;
    let unfound = unfound(remote, tree.referrers()).await;
    gaps.extend(unfound.map_err(|error| {
        let step = "asking for what refers to the image".to_owned();
        failure(Side::Destination, remote, step, &error)
    })?);
    Ok(gaps)
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

async fn missing_at(remote: &Remote, tree: &Tree) -> Result<Vec<Gap>, Failure> {
    let ask = async |manifest: &Manifest| {
        let digest = manifest.digest();
        match remote.resolve(digest.as_str()).await {
            Ok(found) => Ok(found.is_none().then(|| Gap::Manifest(digest.clone()))),
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
