use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc::UnboundedReceiver;

use super::lane::Lane;
use super::window::Window;
use crate::oci::Descriptor;
use crate::registry::{Chunks, Error, Kind};
use crate::source::{Reader, Source};

/// Why the source could not be read, for everyone who was waiting for its bytes.
pub(super) type SourceError = Arc<OnceLock<Error>>;

/// The bytes of one blob on their way to one destination: from the shared read for as long as it keeps pace,
/// from a read of its own from there on.
pub(super) struct Feed {
    pub(super) shared: Option<UnboundedReceiver<Bytes>>,
    pub(super) own: Option<Reader>,
    pub(super) source: Source,
    pub(super) blob: Descriptor,
    pub(super) lane: Lane,
    pub(super) source_error: SourceError,
    /// Room for the chunks of a read of its own.
    window: Window,
    offset: u64,
}

impl Feed {
    /// A feed of the shared read, or with none a read of its own from an offset on.
    pub(super) fn new(
        source: &Source,
        blob: &Descriptor,
        lane: &Lane,
        shared: Option<UnboundedReceiver<Bytes>>,
        offset: u64,
        source_error: SourceError,
    ) -> Self {
        let (source, blob, lane) = (source.clone(), blob.clone(), lane.clone());
        Self {
            shared,
            own: None,
            source,
            blob,
            lane,
            source_error,
            window: Window::new(),
            offset,
        }
    }

    pub(super) fn into_chunks(self) -> Chunks {
        Box::pin(stream::unfold(self, async |mut feed| {
            feed.next().await.map(|chunk| (chunk, feed))
        }))
    }

    async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        if self.offset >= self.blob.size {
            return None;
        }
        let chunk = match self.next_shared().await {
            Some(chunk) => Ok(chunk),
            None => self.next_own().await,
        };
        if let Ok(bytes) = &chunk {
            self.offset += bytes.len() as u64;
            self.lane.remote().meter().sent.add(bytes.len() as u64);
        }
        Some(chunk)
    }

    async fn next_shared(&mut self) -> Option<Bytes> {
        let chunk = self.shared.as_mut()?.recv().await;
        if chunk.is_none() {
            self.shared = None;
        }
        chunk
    }

    async fn next_own(&mut self) -> Result<Bytes, Error> {
        if let Some(error) = self.source_error.get() {
            return Err(error.clone());
        }
        let reader = self
            .own
            .get_or_insert_with(|| self.source.read(&self.blob, self.offset));
        let chunk = reader.next().await.and_then(|chunk| {
            chunk.ok_or_else(|| Error::new(Kind::Interrupted, "the blob ended early"))
        });
        match chunk {
            Ok(chunk) => Ok(self.window.hold(&chunk).await),
            Err(error) => {
                let _ = self.source_error.set(error.clone());
                Err(error)
            }
        }
    }
}
