use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::sync::Mutex;

use super::Error;
use super::body::Chunks;

/// The bytes of an upload, handed out in portions of their own length, one after the other.
pub(super) struct Portions(Arc<Mutex<Rest>>);

struct Rest {
    chunks: Chunks,
    /// What the portion before left of a chunk.
    over: Bytes,
}

impl Portions {
    pub(super) fn of(chunks: Chunks) -> Self {
        let over = Bytes::new();
        Self(Arc::new(Mutex::new(Rest { chunks, over })))
    }

    /// The next so many bytes; fewer only where there are no more.
    pub(super) fn next(&self, length: u64) -> Chunks {
        let state = (Arc::clone(&self.0), length);
        Box::pin(stream::unfold(state, async |(rest, left)| {
            let chunk = rest.lock().await.at_most(left).await?;
            let taken = chunk.as_ref().map_or(left, |chunk| chunk.len() as u64);
            Some((chunk, (rest, left - taken)))
        }))
    }
}

impl Rest {
    async fn at_most(&mut self, length: u64) -> Option<Result<Bytes, Error>> {
        if length == 0 {
            return None;
        }
        if self.over.is_empty() {
            match self.chunks.next().await? {
                Ok(chunk) => self.over = chunk,
                Err(error) => return Some(Err(error)),
            }
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Some(Ok(self.over.split_to(length.min(self.over.len()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn portions_are_cut_where_they_are_asked_for() {
        let chunks = ["abcd", "efg", "hi"].map(|text| Ok(Bytes::from(text)));
        let portions = Portions::of(Box::pin(stream::iter(chunks)));
        let mut read = Vec::new();
        for length in [3, 3, 0, 10, 1] {
            let portion = portions.next(length).map(Result::unwrap);
            let bytes = portion.collect::<Vec<_>>().await.concat();
            read.push(String::from_utf8(bytes).unwrap());
        }
        assert_eq!(read, ["abc", "def", "", "ghi", ""]);
    }
}
