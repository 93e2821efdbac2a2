use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::failure;
use crate::oci::{Digest, Tag};
use crate::plan::{Guards, Seen};
use crate::registry::{Error, Kind, Remote};
use crate::report::{Failure, Side};

/// Tags that are asked for at one registry at once.
const TAGS_AT_ONCE: usize = 6;

/// A destination, and the tags of it that matter.
pub struct Asked {
    /// The destination.
    pub remote: Remote,
    /// The tags.
    pub tags: Vec<Tag>,
}

/// Where every tag points at every destination: one HEAD a tag; and all tags there where a guard must know them.
pub async fn look(asked: &[Asked], image: &Digest, guards: &Guards) -> Vec<Result<Seen, Failure>> {
    join_all(asked.iter().map(|asked| look_at(asked, image, guards))).await
}

async fn look_at(asked: &Asked, image: &Digest, guards: &Guards) -> Result<Seen, Failure> {
    let Asked { remote, tags } = asked;
    let found = stream::iter(tags).map(async |tag| match remote.resolve(tag.as_str()).await {
        Ok(digest) => Ok((tag.clone(), digest)),
        Err(error) => Err((tag, error)),
    });
    let tags: Result<Vec<_>, _> = found.buffered(TAGS_AT_ONCE).try_collect().await;
    let at = |step| move |error| failure(Side::Destination, remote, step, &error);
    let tags = tags.map_err(|(tag, error)| at(format!("asking for tag {tag}"))(error))?;
    let all = if guards.need_tags(image, &tags) {
        let step = "listing tags, to find higher versions".to_owned();
        list(remote, &tags).await.map_err(at(step))?
    } else {
        Vec::new()
    };
    Ok(Seen {
        repository: remote.repository().clone(),
        tags,
        all,
        later: Vec::new(),
    })
}

/// Some registries refuse to list what does not exist yet.
async fn list(remote: &Remote, seen: &[(Tag, Option<Digest>)]) -> Result<Vec<String>, Error> {
    let is_new = seen.iter().all(|(_, digest)| digest.is_none());
    match remote.tags().await {
        Err(error) if is_new && error.kind == Kind::Denied => Ok(Vec::new()),
        listed => listed,
    }
}
