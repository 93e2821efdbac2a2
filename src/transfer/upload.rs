use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use futures_util::stream::{self, FuturesUnordered, StreamExt, TryStreamExt};

use super::crowd::Crowd;
use super::lane::Lane;
use super::{progress, tee};
use crate::oci::{Descriptor, Manifest, Tree};
use crate::plan::{Move, Plan};
use crate::registry::{Claim, Error, Kind, Remote};
use crate::report::Failure;
use crate::source::Source;

/// Blobs that a destination which fell behind reads for itself at once.
const BLOBS_OF_ITS_OWN: usize = 2;
/// Image manifests that are put to one destination at once.
const MANIFESTS_AT_ONCE: usize = 6;

/// Every destination has been asked, and is ready to take what it lacks.
pub struct Ready {
    lanes: Vec<Lane>,
    moves: Vec<Vec<Move>>,
    tree: Tree,
    /// The blobs whose sessions are open already.
    first: Vec<Descriptor>,
}

/// Every destination has every blob and every manifest, by digest. Only `upload` can make it.
pub struct Uploaded {
    pub(super) destinations: Vec<(Remote, Vec<Move>)>,
    pub(super) root: Option<Manifest>,
}

/// Opens the first upload at every destination, so that what would be refused is refused before a byte is read.
pub async fn prepare(
    plan: &Plan,
    tree: Tree,
    destinations: &[Remote],
) -> Result<Ready, Vec<Failure>> {
    let deliveries = plan.deliveries.iter().zip(destinations);
    let deliveries: Vec<_> = deliveries
        .filter(|(delivery, _)| !delivery.moves.is_empty())
        .collect();
    let lanes = join_all(deliveries.iter().map(async |(delivery, remote)| {
        let had_image = delivery.moves.iter().any(|moved| moved.from.is_some())
            || !delivery.unchanged.is_empty();
        let lane = Lane::open((*remote).clone(), &tree, had_image).await?;
        let first = lane.claim_first_missing(tree.blobs()).await?;
        Ok((lane, first))
    }));
    let lanes = all_or_failures(lanes.await)?;
    let moves = deliveries
        .iter()
        .map(|(delivery, _)| delivery.moves.clone())
        .collect();
    let mut first: Vec<_> = lanes
        .iter()
        .filter_map(|(_, first)| first.clone())
        .collect();
    first.dedup();
    let lanes = lanes.into_iter().map(|(lane, _)| lane).collect();
    Ok(Ready {
        lanes,
        moves,
        tree,
        first,
    })
}

fn all_or_failures<T>(results: Vec<Result<T, Failure>>) -> Result<Vec<T>, Vec<Failure>> {
    let mut failures = Vec::new();
    let fine = results
        .into_iter()
        .filter_map(|result| result.map_err(|failure| failures.push(failure)).ok());
    let fine = fine.collect();
    if failures.is_empty() {
        Ok(fine)
    } else {
        Err(failures)
    }
}

/// Brings every blob and every manifest to every destination that lacks it. No tag moves.
pub async fn upload(ready: Ready, source: &Source) -> Result<Uploaded, Vec<Failure>> {
    let result = tokio::select! {
        result = ready.fill(source) => result,
        () = progress::print(&ready.lanes) => Ok(()),
    };
    join_all(ready.lanes.iter().map(Lane::close)).await;
    result.map_err(|failure| vec![failure])?;
    let remotes = ready.lanes.iter().map(|lane| lane.remote().clone());
    Ok(Uploaded {
        destinations: remotes.zip(ready.moves).collect(),
        root: ready.tree.manifests().last().cloned(),
    })
}

impl Ready {
    async fn fill(&self, source: &Source) -> Result<(), Failure> {
        // The blobs with open sessions go first and alone: what a registry does with them teaches how to ask for the rest.
        self.carry(&self.first, source).await?;
        let first: HashSet<_> = self.first.iter().map(|blob| &blob.digest).collect();
        let rest = self
            .tree
            .blobs()
            .iter()
            .rev()
            .filter(|blob| !first.contains(&blob.digest));
        self.carry(&rest.cloned().collect::<Vec<_>>(), source)
            .await?;
        try_join_all(self.lanes.iter().map(|lane| finish(lane, source)))
            .await
            .map(drop)
    }

    async fn carry(&self, blobs: &[Descriptor], source: &Source) -> Result<(), Failure> {
        let mut crowd = Crowd::new(self.distance(source));
        let (mut waiting, mut running) = (blobs.iter().peekable(), FuturesUnordered::new());
        loop {
            while let Some(blob) = waiting.next_if(|blob| crowd.takes(blob)) {
                crowd.add(blob);
                running.push(async move { self.carry_one(blob, source).await.map(|()| blob) });
            }
            match running.next().await {
                Some(done) => crowd.remove(done?, self.retries()),
                None => return Ok(()),
            }
        }
    }

    /// The quickest answer of the farthest registry.
    fn distance(&self, source: &Source) -> Duration {
        let remotes = self.lanes.iter().map(Lane::remote);
        let all = remotes.chain(std::iter::once(source.remote()));
        all.map(Remote::quickest_answer).max().unwrap_or_default()
    }

    fn retries(&self) -> u64 {
        self.lanes
            .iter()
            .map(|lane| lane.remote().meter().retries.get())
            .sum()
    }

    async fn carry_one(&self, blob: &Descriptor, source: &Source) -> Result<(), Failure> {
        let lanes = self.lanes.iter().filter(|lane| lane.needs(blob));
        let (behind, lanes): (Vec<_>, Vec<_>) = lanes.partition(|lane| lane.is_behind());
        for lane in behind {
            lane.put_off(blob);
        }
        carry_to(&lanes, blob, source).await
    }
}

async fn carry_to(lanes: &[&Lane], blob: &Descriptor, source: &Source) -> Result<(), Failure> {
    let claims = lanes
        .iter()
        .map(async |&lane| Ok((lane.clone(), lane.claim(blob).await?)));
    let claims: Vec<(Lane, Claim)> = join_all(claims)
        .await
        .into_iter()
        .collect::<Result<_, Failure>>()?;
    let takers: Vec<_> = claims
        .into_iter()
        .filter_map(|(lane, claim)| match claim {
            Claim::Present => None,
            Claim::Absent(session) => Some((lane, session)),
        })
        .collect();
    if takers.is_empty() {
        return Ok(());
    }
    tee::carry(source, blob, takers).await
}

/// What a destination that fell behind has left to do, and then its manifests.
async fn finish(lane: &Lane, source: &Source) -> Result<(), Failure> {
    let (running, later) = lane.own_work();
    let running = running
        .into_iter()
        .map(async |upload| tee::outcome(upload.await, lane));
    let alone = [lane];
    let later = stream::iter(&later).map(|blob| carry_to(&alone, blob, source));
    let later = later.buffer_unordered(BLOBS_OF_ITS_OWN).try_collect::<()>();
    tokio::try_join!(try_join_all(running), later)?;
    put_manifests(lane).await
}

/// Children before parents: image manifests together, then indexes one after the other.
async fn put_manifests(lane: &Lane) -> Result<(), Failure> {
    let (images, indexes): (Vec<_>, Vec<_>) = lane
        .manifests()
        .iter()
        .partition(|manifest| manifest.children().is_empty());
    let images = stream::iter(images).map(|manifest| put_manifest(lane, manifest));
    let () = images
        .buffer_unordered(MANIFESTS_AT_ONCE)
        .try_collect()
        .await?;
    for index in indexes {
        put_manifest(lane, index).await?;
    }
    Ok(())
}

async fn put_manifest(lane: &Lane, manifest: &Manifest) -> Result<(), Failure> {
    let digest = manifest.digest();
    let stored = lane.remote().put_manifest(digest.as_str(), manifest).await;
    let confirmed = match stored {
        Ok(true) => Ok(()),
        Ok(false) => confirm(lane.remote(), manifest).await,
        Err(error) => Err(error),
    };
    confirmed.map_err(|error| lane.failure(format!("putting manifest {digest}"), &error))
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
