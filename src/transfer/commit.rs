use futures_util::future::join_all;
use tokio::time::sleep;

use super::{Uploaded, failure};
use crate::oci::{Digest, Manifest, Repository, Tag};
use crate::plan::Move;
use crate::registry::{Decision, Error, Kind, Remote, decide, jitter};
use crate::report::{Failure, Side};

/// Told of every tag that moved and was seen there afterwards.
pub type OnMoved<'a> = &'a (dyn Fn(&Repository, &Tag) + Sync);

/// Moves the tags everywhere, looks at each of them afterwards, and gives what went wrong.
pub async fn commit(uploaded: Uploaded, on_moved: OnMoved<'_>) -> Vec<Failure> {
    let Uploaded { destinations, root } = uploaded;
    let Some(root) = root else { return Vec::new() };
    let moved = destinations
        .iter()
        .map(|(remote, moves)| commit_at(remote, moves, &root, on_moved));
    join_all(moved)
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect()
}

async fn commit_at(
    remote: &Remote,
    moves: &[Move],
    root: &Manifest,
    on_moved: OnMoved<'_>,
) -> Result<(), Failure> {
    for Move { tag, .. } in moves {
        let result = move_tag(remote, tag, root).await;
        result.map_err(|error| {
            failure(
                Side::Destination,
                remote,
                format!("moving tag {tag}"),
                &error,
            )
        })?;
        on_moved(remote.repository(), tag);
    }
    Ok(())
}

async fn move_tag(remote: &Remote, tag: &Tag, root: &Manifest) -> Result<(), Error> {
    let put = remote.put_manifest(tag.as_str(), root).await;
    let Err(error) = put else {
        return confirm(remote, tag, root.digest()).await;
    };
    // The answer may have been lost, or the registry refuses to set an immutable tag to what it is already.
    match remote.resolve(tag.as_str()).await {
        Ok(Some(digest)) if digest == *root.digest() => Ok(()),
        _ => Err(error),
    }
}

/// Some registries show what was written only a moment later.
async fn confirm(remote: &Remote, tag: &Tag, expected: &Digest) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        let found = remote.resolve(tag.as_str()).await?;
        if found.as_ref() == Some(expected) {
            return Ok(());
        }
        match decide(remote.policy(), attempt, Kind::Unavailable, None, jitter()) {
            Decision::Retry(delay) => sleep(delay).await,
            Decision::Reauthenticate | Decision::NewSession(_) | Decision::GiveUp => {
                let found = found.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string());
                let message =
                    format!("the registry took the tag, but {tag} points to {found} there");
                return Err(Error::new(Kind::Corrupt, message));
            }
        }
        attempt += 1;
    }
}
