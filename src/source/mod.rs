//! Where the image is read, be it a registry, a folder or a file: its digest, its manifests, its blobs.

mod blocking;
mod docker;
mod extent;
mod fault;
mod files;
mod gzip;
mod layout;
mod narrow;
mod reader;
mod referrers;
mod revision;
mod tar;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::oci::{
    Algorithm, Descriptor, Digest, Form, InvalidTree, Manifest, Origin, Reference, Store, Tree,
    TreeBuilder,
};
use crate::registry::{Error, Kind, Remote};
use docker::DockerArchive;
use layout::Layout;
pub use reader::Reader;

/// Manifests of one level that are read at once.
const MANIFESTS_AT_ONCE: usize = 6;

/// An image where it is read.
#[derive(Clone)]
pub struct Source {
    origin: Origin,
    held: Held,
    /// Indexes that are nowhere yet: those that list what was picked.
    made: Arc<HashMap<Digest, Manifest>>,
    /// The image by its sha256, where it was named by another digest.
    root: Option<Arc<Manifest>>,
}

/// What holds it.
#[derive(Clone)]
enum Held {
    Registry(Remote, Reference),
    Layout(Layout),
    Archive(DockerArchive),
}

impl Source {
    /// The image that `reference` names, read through `remote`.
    pub fn registry(remote: Remote, reference: Reference) -> Self {
        Self {
            origin: Origin::Registry(reference.clone()),
            held: Held::Registry(remote, reference),
            made: Arc::default(),
            root: None,
        }
    }

    /// An image in a folder or a file, which is looked through now.
    pub async fn store(store: &Store) -> Result<Self, Error> {
        let held = match store.form {
            Form::Layout | Form::LayoutArchive => Held::Layout(Layout::open(store).await?),
            Form::DockerArchive => Held::Archive(DockerArchive::open(store).await?),
        };
        Ok(Self {
            origin: Origin::Store(store.clone()),
            held,
            made: Arc::default(),
            root: None,
        })
    }

    /// The registry it is in, if it is in one.
    pub fn remote(&self) -> Option<&Remote> {
        match &self.held {
            Held::Registry(remote, _) => Some(remote),
            Held::Layout(_) | Held::Archive(_) => None,
        }
    }

    /// As the user named it.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What the user should know about what is read here.
    pub fn warning(&self) -> Option<String> {
        if !self.made.is_empty() {
            return Some(format!(
                "Of {} only some platforms are mirrored, in a new index: the digest is not the one of the source",
                self.origin
            ));
        }
        match &self.held {
            Held::Archive(archive) => Some(format!(
                "docker save keeps neither the manifest nor the compression of an image: {} is written with a new manifest, and its digest {} is new",
                self.origin,
                archive.digest()
            )),
            Held::Registry(..) | Held::Layout(_) => None,
        }
    }

    /// The digest it has now. Asked once: from then on there is only the digest.
    pub async fn resolve(&self) -> Result<Digest, Error> {
        match &self.held {
            Held::Registry(remote, reference) => resolve(remote, reference).await,
            Held::Layout(layout) => layout.resolve(),
            Held::Archive(archive) => Ok(archive.digest().clone()),
        }
    }

    /// The same image by its sha256, whatever it was named by: that is what registries say a tag points to.
    pub async fn by_sha256(&self, digest: &Digest) -> Result<(Self, Digest), Error> {
        if digest.algorithm() == Algorithm::Sha256 {
            return Ok((self.clone(), digest.clone()));
        }
        let named = self.manifest(digest, "").await?;
        let root = named.by_sha256();
        let digest = root.digest().clone();
        let root = Some(Arc::new(root));
        let source = Self {
            root,
            ..self.clone()
        };
        Ok((source, digest))
    }

    /// The image's manifests, every one read and hashed, and what they link to.
    pub async fn tree(&self, digest: &Digest) -> Result<Tree, Error> {
        if let Some(remote) = self.remote() {
            remote.can_pull(1)?;
        }
        let root = self.manifest(digest, "").await?;
        let mut builder = TreeBuilder::new(root).map_err(invalid)?;
        while !builder.wanted().is_empty() {
            let level = self.level(builder.wanted()).await?;
            builder.grow(level).map_err(invalid)?;
        }
        builder.finish().map_err(invalid)
    }

    async fn level(&self, wanted: &[Descriptor]) -> Result<Vec<Manifest>, Error> {
        if let Some(remote) = self.remote() {
            remote.can_pull(wanted.len())?;
        }
        let reads = stream::iter(wanted).map(async |link| {
            let read = self.manifest(&link.digest, &link.media_type).await;
            read.map_err(|error| sparse(error, &link.digest))
        });
        reads.buffered(MANIFESTS_AT_ONCE).try_collect().await
    }

    /// A manifest; what a link says about its media type counts where nothing else does.
    async fn manifest(&self, digest: &Digest, media_type: &str) -> Result<Manifest, Error> {
        if let Some(made) = self.made.get(digest) {
            return Ok(made.clone());
        }
        if let Some(root) = self.root.as_ref().filter(|root| root.digest() == digest) {
            return Ok(Manifest::clone(root));
        }
        match &self.held {
            Held::Registry(remote, _) => remote.manifest(digest).await,
            Held::Layout(layout) => layout.manifest(digest, media_type).await,
            Held::Archive(archive) => archive.manifest(digest),
        }
    }

    /// Reads a blob from an offset on.
    pub fn read(&self, blob: &Descriptor, offset: u64) -> Reader {
        match &self.held {
            Held::Registry(remote, _) => Reader::Registry(remote.read_blob(blob, offset)),
            Held::Layout(layout) => Reader::file(layout.blob(&blob.digest), blob, offset),
            Held::Archive(archive) => Reader::file(archive.blob(&blob.digest), blob, offset),
        }
    }
}

async fn resolve(remote: &Remote, reference: &Reference) -> Result<Digest, Error> {
    let (what, wanted) = match (&reference.digest, &reference.tag) {
        (Some(digest), _) => ("manifest", digest.as_str()),
        (None, Some(tag)) => ("tag", tag.as_str()),
        (None, None) => ("tag", "latest"),
    };
    let found = remote.resolve(wanted).await?;
    let found = found.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("there is no {what} {wanted} in {}", remote.repository()),
        )
    })?;
    Ok(reference.digest.clone().unwrap_or(found))
}

/// Some indexes list more than was ever pushed.
fn sparse(error: Error, child: &Digest) -> Error {
    if error.kind != Kind::NotFound {
        return error;
    }
    let message = format!(
        "the image's index lists {child}, which is not there ({}); if that is meant, name those that are there in the input platforms",
        error.message
    );
    Error { message, ..error }
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
