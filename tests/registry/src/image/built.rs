use bytes::Bytes;
use serde_json::{Value, json};

use crate::content::Content;
use crate::digest::Digest;
use crate::registry::Registry;

/// A link to a blob or a manifest.
#[derive(Clone, Debug)]
pub struct Descriptor {
    /// The target's media type.
    pub media_type: String,
    /// The target's digest.
    pub digest: Digest,
    /// The target's size in bytes.
    pub size: u64,
}

impl Descriptor {
    pub(super) fn json(&self) -> Value {
        json!({
            "mediaType": self.media_type,
            "digest": self.digest.as_str(),
            "size": self.size,
        })
    }
}

/// A manifest that was built.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// What links to it.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub bytes: Bytes,
}

/// A blob that was built.
#[derive(Clone, Debug)]
pub struct Blob {
    /// What links to it.
    pub descriptor: Descriptor,
    /// What it consists of.
    pub content: Content,
}

/// An image or an index in bytes, with all that hangs on it.
#[derive(Clone, Debug)]
pub struct Built {
    /// All manifests, children before parents: the last one is the root.
    pub manifests: Vec<Manifest>,
    /// All blobs that a registry holds for it, each once.
    pub blobs: Vec<Blob>,
}

impl Built {
    /// The root manifest.
    pub fn root(&self) -> &Manifest {
        self.manifests.last().expect("every image has a manifest")
    }

    /// The root's digest.
    pub fn digest(&self) -> Digest {
        self.root().descriptor.digest.clone()
    }

    /// The size of all blobs and manifests.
    pub fn size(&self) -> u64 {
        let blobs = self.blobs.iter().map(|blob| blob.descriptor.size);
        let manifests = self.manifests.iter().map(|it| it.descriptor.size);
        blobs.chain(manifests).sum()
    }

    /// Puts everything into a repository, without a tag.
    pub fn put(&self, registry: &Registry, repository: &str) {
        for blob in &self.blobs {
            let digest = &blob.descriptor.digest;
            registry.put_blob_as(repository, digest, blob.content.clone());
        }
        for manifest in &self.manifests {
            let Descriptor {
                media_type, digest, ..
            } = &manifest.descriptor;
            registry.put_manifest(repository, digest, media_type, manifest.bytes.clone());
        }
    }

    /// Fails unless the repository holds every manifest and every blob of it, to the byte.
    #[track_caller]
    pub fn assert_in(&self, registry: &Registry, repository: &str) {
        for manifest in &self.manifests {
            let digest = &manifest.descriptor.digest;
            let held = registry.manifest(repository, digest);
            let (media_type, bytes) = held.unwrap_or_else(|| panic!("{digest} is not there"));
            assert_eq!(media_type, manifest.descriptor.media_type, "{digest}");
            assert_eq!(bytes, manifest.bytes, "{digest} has other bytes");
        }
        for blob in &self.blobs {
            let digest = &blob.descriptor.digest;
            let held = registry.blob(repository, digest);
            let held = held.unwrap_or_else(|| panic!("{digest} is not there"));
            assert_eq!(held.len(), blob.descriptor.size, "{digest}");
            // What the registry did not keep it has hashed.
            if held.bytes().is_some() {
                assert_eq!(
                    digest.algorithm().of(&held),
                    *digest,
                    "the bytes are others"
                );
            }
        }
    }
}
