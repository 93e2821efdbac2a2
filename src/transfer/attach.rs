use std::collections::HashSet;

use tokio::time::sleep;

use super::inspect::Gap;
use super::lane::Lane;
use super::settle::{self, Settled};
use crate::oci::{
    Descriptor, Digest, Manifest, Referrers, Tag, media_type, referrers_tag, with_referrers,
};
use crate::registry::{Content, Decision, Error, Kind, Remote, decide, jitter};
use crate::report::Failure;

/// Others may write the same list at the same moment: so often it is merged again.
const MERGES: u32 = 5;

/// Makes what refers to the image be found at a destination that has it all by digest: before any tag moves, so that
/// nobody sees an image without its signatures.
pub(super) async fn attach(lane: &Lane, referrers: &Referrers) -> Result<(), Failure> {
    let remote = lane.remote();
    let mut has_api = true;
    for (subject, manifests) in &referrers.listed {
        let listed = list(remote, subject, manifests, &mut has_api).await;
        listed
            .map_err(|error| lane.failure(format!("listing what refers to {subject}"), &error))?;
    }
    for (tag, manifest) in &referrers.tagged {
        let put = put_signatures(remote, tag, manifest).await;
        put.map_err(|error| lane.failure(format!("moving tag {tag}"), &error))?;
    }
    Ok(())
}

/// A registry with the API lists by itself, which is looked at; in any other a tag holds the list.
async fn list(
    remote: &Remote,
    subject: &Digest,
    manifests: &[Manifest],
    has_api: &mut bool,
) -> Result<(), Error> {
    let mut attempt = 1;
    while *has_api {
        let Some(said) = remote.referrers(subject).await? else {
            *has_api = false;
            break;
        };
        let said: HashSet<_> = said.into_iter().map(|link| link.digest).collect();
        if manifests.iter().all(|it| said.contains(it.digest())) {
            return Ok(());
        }
        pause(
            remote,
            attempt,
            "the registry took what refers to the image and does not list it",
        )
        .await?;
        attempt += 1;
    }
    list_by_tag(remote, subject, manifests).await
}

/// What of that is not found at a destination, and would be put right by a publish.
pub(super) async fn unfound(remote: &Remote, referrers: &Referrers) -> Result<Vec<Gap>, Error> {
    let mut gaps = Vec::new();
    for (subject, manifests) in &referrers.listed {
        let said = remote.referrers(subject).await?;
        let links = match (said, referrers_tag(subject)) {
            (Some(said), _) => said,
            (None, Some(tag)) => children(remote.tagged(&tag).await?),
            (None, None) => Vec::new(),
        };
        let found: HashSet<_> = links.into_iter().map(|link| link.digest).collect();
        let lost = manifests.iter().map(Manifest::digest);
        gaps.extend(lost.filter(|it| !found.contains(it)).map(|referrer| {
            let (referrer, subject) = (referrer.clone(), subject.clone());
            Gap::Unlisted { referrer, subject }
        }));
    }
    for (tag, manifest) in &referrers.tagged {
        if is_due(remote.tagged(tag).await?.as_ref(), manifest) {
            gaps.push(Gap::Signatures(tag.clone()));
        }
    }
    Ok(gaps)
}

fn children(list: Option<Manifest>) -> Vec<Descriptor> {
    list.map_or_else(Vec::new, |list| list.children().to_vec())
}

/// Whether a tag of cosign's has to move: one that holds signatures of its own is left alone.
fn is_due(there: Option<&Manifest>, manifest: &Manifest) -> bool {
    there.is_none_or(|there| there.digest() != manifest.digest() && is_part(there, manifest))
}

/// Reads, merges, writes, and reads again.
async fn list_by_tag(
    remote: &Remote,
    subject: &Digest,
    manifests: &[Manifest],
) -> Result<(), Error> {
    let Some(tag) = referrers_tag(subject) else {
        return Ok(());
    };
    for attempt in 1..=MERGES {
        let (list, version) = match remote.versioned(&tag).await? {
            Some((list, version)) => (Some(list), version),
            None => (None, None),
        };
        if list
            .as_ref()
            .is_some_and(|it| it.media_type() != media_type::OCI_INDEX)
        {
            let message = format!("tag {tag} should hold the list of referrers and is no index");
            return Err(Error::new(Kind::Rejected, message));
        }
        let merged = with_referrers(list.as_ref(), manifests)
            .map_err(|error| Error::new(Kind::InvalidManifest, error.to_string()))?;
        let Some(merged) = merged else {
            return Ok(());
        };
        if attempt > 1 {
            pause(
                remote,
                attempt,
                &format!("tag {tag} does not keep what is written"),
            )
            .await?;
        }
        let content = Content::of(&merged).in_place_of(version);
        match settle::put(remote, &tag, &content).await {
            Settled::Done => {}
            // Somebody else wrote meanwhile: his list is merged with ours, not written over.
            Settled::Refused(_, now) if now.as_ref() != list.as_ref().map(Manifest::digest) => {}
            Settled::Refused(error, _) | Settled::Unknown(error) => return Err(error),
        }
    }
    let message = format!("tag {tag} was written over {MERGES} times by others");
    Err(Error::new(Kind::Rejected, message))
}

/// Cosign's tag holds all signatures in one manifest: one that has others than ours is not written over.
async fn put_signatures(remote: &Remote, tag: &Tag, manifest: &Manifest) -> Result<(), Error> {
    let there = remote.tagged(tag).await?;
    if !is_due(there.as_ref(), manifest) {
        if there.is_some_and(|there| there.digest() != manifest.digest()) {
            log::warn!(
                "{}:{tag} holds signatures that the source does not have: it is left as it is",
                remote.repository()
            );
        }
        return Ok(());
    }
    put(remote, tag, manifest).await?;
    match remote.resolve(tag.as_str()).await? {
        Some(now) if now == *manifest.digest() => Ok(()),
        _ => Err(Error::new(
            Kind::Corrupt,
            format!("the registry took tag {tag} and did not move it"),
        )),
    }
}

/// Whether every layer of the one is in the other; the configuration lists the layers and differs.
fn is_part(one: &Manifest, other: &Manifest) -> bool {
    let layers = |manifest: &Manifest| -> HashSet<_> {
        let layers = manifest.blobs().skip(1);
        layers.map(|layer| layer.digest.clone()).collect()
    };
    layers(one).is_subset(&layers(other))
}

async fn put(remote: &Remote, tag: &Tag, manifest: &Manifest) -> Result<(), Error> {
    match settle::put(remote, tag, &Content::of(manifest)).await {
        Settled::Done => Ok(()),
        Settled::Refused(error, _) | Settled::Unknown(error) => Err(error),
    }
}

/// Waits before another try, or says that there will be none.
async fn pause(remote: &Remote, attempt: u32, what: &str) -> Result<(), Error> {
    match decide(remote.policy(), attempt, Kind::Unavailable, None, jitter()) {
        Decision::Retry(delay) => {
            sleep(delay).await;
            Ok(())
        }
        Decision::Reauthenticate | Decision::NewSession(_) | Decision::GiveUp => {
            Err(Error::new(Kind::Corrupt, what))
        }
    }
}
