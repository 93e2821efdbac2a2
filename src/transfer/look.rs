use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::failure;
use crate::oci::Tag;
use crate::plan::Seen;
use crate::registry::Remote;
use crate::report::{Failure, Side};

/// Tags that are asked for at one registry at once.
const TAGS_AT_ONCE: usize = 6;

/// Where every tag points at every destination: one HEAD a tag.
pub async fn look(destinations: &[Remote], tags: &[Tag]) -> Vec<Result<Seen, Failure>> {
    join_all(
        destinations
            .iter()
            .map(|destination| look_at(destination, tags)),
    )
    .await
}

async fn look_at(destination: &Remote, tags: &[Tag]) -> Result<Seen, Failure> {
    let asked = stream::iter(tags).map(async |tag| match destination.resolve(tag.as_str()).await {
        Ok(digest) => Ok((tag.clone(), digest)),
        Err(error) => Err((tag, error)),
    });
    let tags: Result<Vec<_>, _> = asked.buffered(TAGS_AT_ONCE).try_collect().await;
    match tags {
        Ok(tags) => Ok(Seen {
            repository: destination.repository().clone(),
            tags,
        }),
        Err((tag, error)) => Err(failure(
            Side::Destination,
            destination,
            format!("asking for tag {tag}"),
            &error,
        )),
    }
}
