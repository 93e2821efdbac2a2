//! Where the image is read: its digest, its manifests, its blobs.

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::oci::{Descriptor, Digest, InvalidTree, Manifest, Reference, Tree, TreeBuilder};
use crate::registry::{BlobReader, Error, Kind, Remote};

/// Manifests of one level that are read at once.
const MANIFESTS_AT_ONCE: usize = 6;

/// An image in a registry.
#[derive(Clone)]
pub struct Source {
    remote: Remote,
    reference: Reference,
}

impl Source {
    /// The image that `reference` names, read through `remote`.
    pub fn new(remote: Remote, reference: Reference) -> Self {
        Self { remote, reference }
    }

    /// Where it is read.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    /// As the user named it.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The digest it has now. Asked once: from then on there is only the digest.
    pub async fn resolve(&self) -> Result<Digest, Error> {
        let wanted = match (&self.reference.digest, &self.reference.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag.as_str(),
            (None, None) => "latest",
        };
        let found = self.remote.resolve(wanted).await?;
        let found = found.ok_or_else(|| {
            Error::new(
                Kind::NotFound,
                format!("there is no {wanted} in {}", self.remote.repository()),
            )
        })?;
        Ok(self.reference.digest.clone().unwrap_or(found))
    }

    /// The image's manifests, every one read and hashed, and what they link to.
    pub async fn tree(&self, digest: &Digest) -> Result<Tree, Error> {
        let root = self.remote.manifest(digest).await?;
        let mut builder = TreeBuilder::new(root).map_err(invalid)?;
        while !builder.wanted().is_empty() {
            let level = self.level(builder.wanted()).await?;
            builder.grow(level).map_err(invalid)?;
        }
        builder.finish().map_err(invalid)
    }

    async fn level(&self, wanted: &[Descriptor]) -> Result<Vec<Manifest>, Error> {
        let reads = stream::iter(wanted).map(|link| self.remote.manifest(&link.digest));
        reads.buffered(MANIFESTS_AT_ONCE).try_collect().await
    }

    /// Reads a blob from an offset on.
    pub fn read(&self, blob: &Descriptor, offset: u64) -> BlobReader {
        self.remote.read_blob(blob, offset)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function to map errors with"
)]
fn invalid(error: InvalidTree) -> Error {
    Error::new(
        Kind::InvalidManifest,
        format!("the image can't be mirrored: {error}"),
    )
}
