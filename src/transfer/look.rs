use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::failure;
use crate::oci::{Digest, Tag};
use crate::plan::{Guards, Seen};
use crate::registry::Remote;
use crate::report::{Failure, Side};

/// Tags that are asked for at one registry at once.
const TAGS_AT_ONCE: usize = 6;

/// Where every tag points at every destination: one HEAD a tag; and all tags there where a guard must know them.
pub async fn look(
    destinations: &[Remote],
    image: &Digest,
    tags: &[Tag],
    guards: &Guards,
) -> Vec<Result<Seen, Failure>> {
    join_all(
        destinations
            .iter()
            .map(|destination| look_at(destination, image, tags, guards)),
    )
    .await
}

async fn look_at(
    destination: &Remote,
    image: &Digest,
    tags: &[Tag],
    guards: &Guards,
) -> Result<Seen, Failure> {
    let asked = stream::iter(tags).map(async |tag| match destination.resolve(tag.as_str()).await {
        Ok(digest) => Ok((tag.clone(), digest)),
        Err(error) => Err((tag, error)),
    });
    let tags: Result<Vec<_>, _> = asked.buffered(TAGS_AT_ONCE).try_collect().await;
    let at = |step| move |error| failure(Side::Destination, destination, step, &error);
    let tags = tags.map_err(|(tag, error)| at(format!("asking for tag {tag}"))(error))?;
    let all = if guards.need_tags(image, &tags) {
        let step = "listing tags, to find higher versions".to_owned();
        destination.tags().await.map_err(at(step))?
    } else {
        Vec::new()
    };
    Ok(Seen {
        repository: destination.repository().clone(),
        tags,
        all,
    })
}
