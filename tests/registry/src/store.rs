use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::Value;

use crate::content::Content;
use crate::digest::Digest;
use crate::upload::Upload;

/// What a registry holds.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) uploads: HashMap<String, Arc<Mutex<Upload>>>,
    /// Bytes of all blobs, each repository for itself, as quotas count them.
    pub(crate) size: u64,
    pub(crate) sessions: u64,
    /// What GitHub's API says at a path.
    pub(crate) github: HashMap<String, Value>,
}

/// What one repository holds.
#[derive(Default)]
pub(crate) struct Repository {
    pub(crate) blobs: HashMap<Digest, Content>,
    pub(crate) manifests: BTreeMap<Digest, Manifest>,
    pub(crate) tags: BTreeMap<String, Digest>,
}

/// A manifest and the type it was put with.
#[derive(Clone)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
}

impl Store {
    pub(crate) fn repository(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }

    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Option<Content> {
        self.repositories
            .get(repository)?
            .blobs
            .get(digest)
            .cloned()
    }

    pub(crate) fn put_blob(&mut self, repository: &str, digest: Digest, content: Content) {
        let size = content.len();
        let before = self.repository(repository).blobs.insert(digest, content);
        if before.is_none() {
            self.size += size;
        }
    }

    pub(crate) fn delete_blob(&mut self, repository: &str, digest: &str) -> bool {
        let Some(gone) = self.repository(repository).blobs.remove(digest) else {
            return false;
        };
        self.size -= gone.len();
        true
    }

    pub(crate) fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.repositories.get(repository)?.tags.get(tag).cloned()
    }

    /// The digest that a tag or a digest names here, if there is such a manifest.
    pub(crate) fn resolve(&self, repository: &str, reference: &str) -> Option<(Digest, Manifest)> {
        let repository = self.repositories.get(repository)?;
        let digest = if reference.contains(':') {
            Digest::parse(reference)?
        } else {
            repository.tags.get(reference)?.clone()
        };
        let manifest = repository.manifests.get(&digest)?.clone();
        Some((digest, manifest))
    }

    pub(crate) fn open_upload(&mut self, upload: Upload) -> String {
        self.sessions += 1;
        let id = format!("{:016x}", crate::content::mix(self.sessions));
        self.uploads
            .insert(id.clone(), Arc::new(Mutex::new(upload)));
        id
    }
}

impl Repository {
    /// Removes a manifest and every tag on it.
    pub(crate) fn delete_manifest(&mut self, digest: &Digest) -> bool {
        self.tags.retain(|_, tagged| tagged != digest);
        self.manifests.remove(digest).is_some()
    }
}
