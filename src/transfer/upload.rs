use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use futures_util::stream::{self, FuturesUnordered, StreamExt, TryStreamExt};

use super::attach::attach;
use super::crowd::Crowd;
use super::lane::Lane;
use super::look::Asked;
use super::manifests::put_manifests;
use super::{progress, tee};
use crate::oci::{Descriptor, Manifest, Repository, Tree};
use crate::plan::{Delivery, Guards, Plan, Publish};
use crate::registry::{Claim, Remote};
use crate::report::Failure;
use crate::source::Source;

/// Blobs that a destination which fell behind reads for itself at once.
const BLOBS_OF_ITS_OWN: usize = 2;

/// Every destination has been asked, and is ready to take what it lacks.
pub struct Ready {
    publish: Publish,
    /// One for each destination where a tag has to move, with what is to be done there.
    lanes: Vec<Lane>,
    deliveries: Vec<Delivery>,
    /// Where no tag has to move.
    idle: Vec<(Remote, Delivery)>,
    tree: Tree,
    /// The blobs whose sessions are open already.
    first: Vec<Descriptor>,
    /// Why destinations are not here that the others don't wait for.
    failures: Vec<Failure>,
}

/// Every destination has every blob and every manifest, by digest. Only `upload` can make it.
pub struct Uploaded {
    pub(super) publish: Publish,
    pub(super) destinations: Vec<(Remote, Delivery)>,
    pub(super) root: Option<Manifest>,
}

impl Uploaded {
    /// What each destination was sent for it, and what it had of it, in bytes.
    pub fn brought(&self) -> impl Iterator<Item = (&Repository, u64, u64)> {
        let busy = self.destinations.iter();
        let busy = busy.filter(|(_, delivery)| !delivery.moves.is_empty());
        busy.map(|(remote, _)| {
            let meter = remote.meter();
            (remote.repository(), meter.sent.get(), meter.found.get())
        })
    }

    /// The tags to look at again, at each destination that has any.
    pub fn watched(&self, guards: &Guards) -> Vec<Asked> {
        let asked = self.destinations.iter().map(|(remote, delivery)| {
            let moves = delivery.moves.iter().filter(|it| guards.watch(it));
            let tags = moves.map(|it| it.tag.clone()).collect();
            let remote = remote.clone();
            Asked { remote, tags }
        });
        asked.filter(|it| !it.tags.is_empty()).collect()
    }

    /// The same with other moves; a destination that is not planned for is left out.
    #[must_use]
    pub fn planned_anew(self, plan: &Plan) -> Self {
        let destinations = self.destinations.into_iter().filter_map(|(remote, _)| {
            let delivery = plan.delivery(remote.repository())?.clone();
            Some((remote, delivery))
        });
        Self {
            destinations: destinations.collect(),
            ..self
        }
    }
}

/// Opens the first upload at every destination, so that what would be refused is refused before a byte is read.
///
/// Where several wait for each other, one that lacks nothing is asked too: a tag that moved elsewhere may not come back,
/// since many registries let nobody delete a tag.
pub async fn prepare(
    plan: &Plan,
    tree: Tree,
    destinations: &[Remote],
) -> Result<Ready, Vec<Failure>> {
    let of = |remote: &Remote| {
        let delivery = plan.delivery(remote.repository())?;
        Some((remote.clone(), delivery.clone()))
    };
    let (busy, idle): (Vec<_>, Vec<_>) = destinations
        .iter()
        .filter_map(of)
        .partition(|(_, delivery)| !delivery.moves.is_empty());
    let others_wait = plan.publish == Publish::Together && busy.len() > 1;
    let opened = join_all(busy.into_iter().map(|(remote, delivery)| {
        let tree = &tree;
        async move {
            let had_image = delivery.had_image();
            let lane = Lane::open(remote, tree, had_image, plan.publish).await?;
            let first = lane.claim_first_missing(tree.blobs()).await?;
            if first.is_none() && others_wait {
                lane.knock().await?;
            }
            Ok((lane, delivery, first))
        }
    }));
    let (opened, failures) = sort_out(opened.await);
    if !failures.is_empty() && (plan.publish == Publish::Together || opened.is_empty()) {
        join_all(opened.iter().map(|(lane, ..)| lane.close())).await;
        return Err(failures);
    }
    let (mut lanes, mut deliveries, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for (lane, delivery, blob) in opened {
        lanes.push(lane);
        deliveries.push(delivery);
        first.extend(blob.filter(|blob| !first.contains(blob)));
    }
    Ok(Ready {
        publish: plan.publish,
        lanes,
        deliveries,
        idle,
        tree,
        first,
        failures,
    })
}

fn sort_out<T>(results: Vec<Result<T, Failure>>) -> (Vec<T>, Vec<Failure>) {
    let mut failures = Vec::new();
    let fine = results
        .into_iter()
        .filter_map(|result| result.map_err(|failure| failures.push(failure)).ok());
    (fine.collect(), failures)
}

/// Brings every blob and every manifest to every destination that lacks it, and lets `commit` move the tags: once
/// everything is everywhere, or at each destination as soon as everything is there. Gives all that went wrong.
pub async fn upload(
    ready: Ready,
    source: &Source,
    commit: impl AsyncFn(Uploaded) -> Vec<Failure>,
) -> Vec<Failure> {
    let whole = async {
        match ready.publish {
            Publish::Together => ready.fill(source).await.map_err(|failure| vec![failure]),
            Publish::Independently => Err(ready.fill_each(source, &commit).await),
        }
    };
    let filled = tokio::select! {
        filled = whole => filled,
        () = progress::print(&ready.lanes) => Ok(()),
    };
    join_all(ready.lanes.iter().map(Lane::close)).await;
    match filled {
        Ok(()) => commit(ready.uploaded()).await,
        Err(failures) => failures,
    }
}

impl Ready {
    async fn fill(&self, source: &Source) -> Result<(), Failure> {
        self.fill_blobs(source).await?;
        try_join_all(
            self.lanes
                .iter()
                .map(|lane| finish(lane, source, &self.tree)),
        )
        .await
        .map(drop)
    }

    /// What can't be read can't be sent anywhere; else what fails at one destination is that one's own affair.
    async fn fill_each(
        &self,
        source: &Source,
        commit: &impl AsyncFn(Uploaded) -> Vec<Failure>,
    ) -> Vec<Failure> {
        let mut failures = self.failures.clone();
        let unread = self.fill_blobs(source).await.err();
        let whole = self.lanes.iter().zip(&self.deliveries);
        let whole = whole.filter(|(lane, _)| unread.is_none() || lane.is_complete());
        let done = join_all(whole.map(async |(lane, delivery)| {
            match lane.endure(finish(lane, source, &self.tree).await) {
                Ok(Some(())) => commit(self.uploaded_at(lane, delivery)).await,
                Ok(None) => Vec::new(),
                Err(failure) => vec![failure],
            }
        }));
        failures.extend(done.await.into_iter().flatten());
        failures.extend(self.lanes.iter().filter_map(Lane::lost).cloned());
        failures.extend(unread);
        failures
    }

    fn uploaded(&self) -> Uploaded {
        let remotes = self.lanes.iter().map(|lane| lane.remote().clone());
        let busy = remotes.zip(self.deliveries.iter().cloned());
        Uploaded {
            publish: self.publish,
            destinations: busy.chain(self.idle.iter().cloned()).collect(),
            root: self.root(),
        }
    }

    fn uploaded_at(&self, lane: &Lane, delivery: &Delivery) -> Uploaded {
        Uploaded {
            publish: self.publish,
            destinations: vec![(lane.remote().clone(), delivery.clone())],
            root: self.root(),
        }
    }

    fn root(&self) -> Option<Manifest> {
        self.tree.manifests().last().cloned()
    }

    async fn fill_blobs(&self, source: &Source) -> Result<(), Failure> {
        // The blobs with open sessions go first and alone: what a registry does with them teaches how to ask for the rest.
        self.carry(&self.first, source).await?;
        let first: HashSet<_> = self.first.iter().map(|blob| &blob.digest).collect();
        let rest = self
            .tree
            .blobs()
            .iter()
            .rev()
            .filter(|blob| !first.contains(&blob.digest));
        let mut rest: Vec<_> = rest.cloned().collect();
        if self.lanes.iter().any(|lane| lane.remote().follows()) {
            // One blob, the smallest, finds out if blobs can be mounted: else each that waits for that is read twice.
            let smallest = (0..rest.len()).min_by_key(|place| rest[*place].size);
            let probe: Vec<_> = smallest
                .map(|place| rest.remove(place))
                .into_iter()
                .collect();
            self.carry(&probe, source).await?;
        }
        self.carry(&rest, source).await
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
        let all = remotes.chain(source.remote());
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
        let (followers, leaders): (Vec<_>, Vec<_>) =
            lanes.into_iter().partition(|lane| lane.follows(blob));
        carry_to(&leaders, blob, source).await?;
        carry_to(&followers, blob, source).await
    }
}

pub(super) async fn carry_to(
    lanes: &[&Lane],
    blob: &Descriptor,
    source: &Source,
) -> Result<(), Failure> {
    let claims = lanes
        .iter()
        .map(async |&lane| Ok((lane.clone(), lane.endure(lane.claim(blob).await)?)));
    let claims: Vec<(Lane, Option<Claim>)> = join_all(claims)
        .await
        .into_iter()
        .collect::<Result<_, Failure>>()?;
    let takers: Vec<_> = claims
        .into_iter()
        .filter_map(|(lane, claim)| match claim {
            Some(Claim::Absent(session)) => Some((lane, session)),
            Some(Claim::Present) | None => None,
        })
        .collect();
    if takers.is_empty() {
        return Ok(());
    }
    tee::carry(source, blob, takers).await
}

/// What a destination that fell behind has left to do, then its manifests, then what makes referrers be found.
async fn finish(lane: &Lane, source: &Source, tree: &Tree) -> Result<(), Failure> {
    if let Some(failure) = lane.lost() {
        return Err(failure.clone());
    }
    let (running, later) = lane.own_work();
    let running = running
        .into_iter()
        .map(async |upload| tee::outcome(upload.await, lane));
    let alone = [lane];
    let later = stream::iter(&later).map(|blob| carry_to(&alone, blob, source));
    let later = later.buffer_unordered(BLOBS_OF_ITS_OWN).try_collect::<()>();
    tokio::try_join!(try_join_all(running), later)?;
    if let Some(failure) = lane.lost() {
        return Err(failure.clone());
    }
    put_manifests(lane, source, tree).await?;
    attach(lane, tree.referrers()).await
}
