use bytes::Bytes;

use super::blocking::blocking;
use super::extent::Extent;
use super::fault::corrupt;
use crate::oci::{Descriptor, Hasher};
use crate::registry::{BlobReader, Error, Kind};

/// As large as what comes from a registry at a time.
const CHUNK: usize = 64 * 1024;

/// Reads one blob, chunk by chunk, and gives the last chunk out only when size and digest of all were right.
pub enum Reader {
    /// From a registry.
    Registry(BlobReader),
    /// From a file.
    File(FileReader),
}

impl Reader {
    pub(super) fn file(extent: Result<Extent, Error>, blob: &Descriptor, offset: u64) -> Self {
        Self::File(FileReader {
            extent,
            blob: blob.clone(),
            offset,
            hasher: (offset == 0).then(|| blob.digest.algorithm().hasher()),
        })
    }

    /// The next bytes; `None` after the last, and only if all of them were right.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self {
            Self::Registry(reader) => reader.next().await,
            Self::File(reader) => reader.next().await,
        }
    }
}

/// Reads one blob from a file.
pub struct FileReader {
    extent: Result<Extent, Error>,
    blob: Descriptor,
    offset: u64,
    /// Only a reader that started at the first byte can tell the digest.
    hasher: Option<Hasher>,
}

impl FileReader {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let extent = self.extent.clone()?;
        let Descriptor { digest, size, .. } = &self.blob;
        if extent.length != *size {
            return Err(corrupt(format!(
                "blob {digest} has {} bytes, its manifest says {size}",
                extent.length
            )));
        }
        if self.offset >= *size {
            self.check_digest()?;
            return Ok(None);
        }
        let chunk = self.chunk(extent).await?;
        self.offset += chunk.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&chunk);
        }
        if self.offset >= self.blob.size {
            self.check_digest()?;
        }
        Ok(Some(chunk))
    }

    async fn chunk(&self, extent: Extent) -> Result<Bytes, Error> {
        let (offset, digest) = (self.offset, self.blob.digest.clone());
        blocking(move |_| {
            let mut buffer = vec![0; CHUNK];
            let count = extent
                .read_at(&mut buffer, offset)
                .map_err(|error| Error::new(Kind::Rejected, format!("blob {digest}: {error}")))?;
            if count == 0 {
                return Err(corrupt(format!("blob {digest} ends early")));
            }
            buffer.truncate(count);
            Ok(buffer.into())
        })
        .await
    }

    fn check_digest(&mut self) -> Result<(), Error> {
        let Some(hasher) = self.hasher.take() else {
            return Ok(());
        };
        let found = hasher.finish();
        if found == self.blob.digest {
            return Ok(());
        }
        Err(corrupt(format!(
            "blob {} has bytes that hash to {found}",
            self.blob.digest
        )))
    }
}
