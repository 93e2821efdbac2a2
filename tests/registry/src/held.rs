use std::collections::BTreeMap;

use bytes::Bytes;

use crate::content::{Content, Synthetic};
use crate::digest::Digest;
use crate::registry::Registry;
use crate::store::Manifest;

/// What it holds.
impl Registry {
    /// Puts a blob.
    pub fn put_blob(&self, repository: &str, content: impl Into<Content>) -> Digest {
        let content = content.into();
        let digest = content.digest();
        let mut store = self.server().store();
        store.put_blob(repository, digest.clone(), content);
        digest
    }

    /// Puts a blob of `size` bytes that are made when they are asked for.
    pub fn put_synthetic(&self, repository: &str, seed: u64, size: u64) -> Digest {
        self.put_blob(repository, Content::Synthetic(Synthetic::new(seed, size)))
    }

    /// Puts a blob under a digest, right or wrong.
    pub fn put_blob_as(&self, repository: &str, digest: &Digest, content: impl Into<Content>) {
        let mut store = self.server().store();
        store.put_blob(repository, digest.clone(), content.into());
    }

    /// Puts a manifest under a tag, or under a digest, right or wrong.
    pub fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> Digest {
        let bytes = bytes.into();
        let named = Digest::parse(reference);
        let digest = named.clone().unwrap_or_else(|| Digest::of(&bytes));
        let media_type = media_type.to_owned();
        let mut store = self.server().store();
        let known = store.repository(repository);
        known
            .manifests
            .insert(digest.clone(), Manifest { media_type, bytes });
        if named.is_none() {
            known.tags.insert(reference.to_owned(), digest.clone());
        }
        digest
    }

    /// Where a tag points.
    pub fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.server().store().tag(repository, tag)
    }

    /// Points a tag somewhere.
    pub fn set_tag(&self, repository: &str, tag: &str, digest: &Digest) {
        let mut store = self.server().store();
        let tags = &mut store.repository(repository).tags;
        tags.insert(tag.to_owned(), digest.clone());
    }

    /// Removes a tag.
    pub fn delete_tag(&self, repository: &str, tag: &str) {
        let mut store = self.server().store();
        store.repository(repository).tags.remove(tag);
    }

    /// All tags of a repository and where they point.
    pub fn tags(&self, repository: &str) -> BTreeMap<String, Digest> {
        let store = self.server().store();
        let known = store.repositories.get(repository);
        known.map(|known| known.tags.clone()).unwrap_or_default()
    }

    /// All tags of all repositories, as `repository:tag`, and where they point.
    pub fn snapshot(&self) -> BTreeMap<String, Digest> {
        let store = self.server().store();
        let repositories = store.repositories.iter();
        let tags = repositories.flat_map(|(name, known)| {
            let tags = known.tags.iter();
            tags.map(move |(tag, digest)| (format!("{name}:{tag}"), digest.clone()))
        });
        tags.collect()
    }

    /// The media type and the bytes of a manifest, by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<(String, Bytes)> {
        let (_, manifest) = self.server().store().resolve(repository, reference)?;
        Some((manifest.media_type, manifest.bytes))
    }

    /// The digests of all manifests of a repository.
    pub fn manifests(&self, repository: &str) -> Vec<Digest> {
        let store = self.server().store();
        let known = store.repositories.get(repository);
        known.map_or(Vec::new(), |it| it.manifests.keys().cloned().collect())
    }

    /// A blob.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Content> {
        self.server().store().blob(repository, digest)
    }

    /// The digests of all blobs of a repository, in order.
    pub fn blobs(&self, repository: &str) -> Vec<Digest> {
        let store = self.server().store();
        let known = store.repositories.get(repository);
        let mut blobs: Vec<_> = known.map_or(Vec::new(), |it| it.blobs.keys().cloned().collect());
        blobs.sort();
        blobs
    }

    /// Removes a blob.
    pub fn delete_blob(&self, repository: &str, digest: &str) {
        self.server().store().delete_blob(repository, digest);
    }

    /// Removes a manifest and the tags on it.
    pub fn delete_manifest(&self, repository: &str, digest: &Digest) {
        let mut store = self.server().store();
        store.repository(repository).delete_manifest(digest);
    }

    /// How many upload sessions are open.
    pub fn open_uploads(&self) -> usize {
        self.server().store().uploads.len()
    }
}
