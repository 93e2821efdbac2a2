use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::blocking::blocking;
use super::extent::Extent;
use super::fault::{absent, corrupt, or_else};
use super::files::Files;
use crate::oci::{Descriptor, Digest, MAX_MANIFEST_SIZE, Manifest, Store, Wanted};
use crate::registry::{Error, Kind};

/// The annotations that name an image of a layout.
/// <https://github.com/opencontainers/image-spec/blob/main/annotations.md>
const NAMES: [&str; 2] = [
    "org.opencontainers.image.ref.name",
    "io.containerd.image.name",
];

/// An image in an OCI image layout, be it a folder or an archive.
/// <https://github.com/opencontainers/image-spec/blob/main/image-layout.md>
#[derive(Clone)]
pub(super) struct Layout {
    files: Files,
    listed: Arc<[Listed]>,
    wanted: Wanted,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Listed>,
}

/// An image that the layout's index lists.
#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    link: Descriptor,
    annotations: Option<HashMap<String, String>>,
}

impl Listed {
    fn names(&self) -> impl Iterator<Item = &str> {
        let annotations = self.annotations.as_ref();
        NAMES
            .iter()
            .filter_map(move |name| Some(annotations?.get(*name)?.as_str()))
    }
}

impl Layout {
    pub(super) async fn open(store: &Store) -> Result<Self, Error> {
        let opened = store.clone();
        blocking(move |stop| {
            let files = Files::open(&opened, stop)?;
            let index = files.find("index.json").map_err(|error| {
                or_else(error, "it is no OCI image layout, what docker save writes is named docker-archive:FILE")
            })?;
            let index = index.read_all("index.json", MAX_MANIFEST_SIZE)?;
            let index: Index = serde_json::from_slice(&index)
                .map_err(|error| corrupt(format!("index.json is no index: {error}")))?;
            Ok(Self {
                files,
                listed: index.manifests.into(),
                wanted: opened.wanted,
            })
        })
        .await
    }

    /// The digest of the image that is meant.
    pub(super) fn resolve(&self) -> Result<Digest, Error> {
        let is_meant = |listed: &&Listed| match &self.wanted {
            Wanted::Only => true,
            Wanted::Name(name) => listed.names().any(|known| known == name),
            Wanted::Digest(digest) => listed.link.digest == *digest,
        };
        let mut digests: Vec<_> = self
            .listed
            .iter()
            .filter(is_meant)
            .map(|it| &it.link.digest)
            .collect();
        digests.sort();
        digests.dedup();
        match (&self.wanted, digests.as_slice()) {
            // What the layout's index does not list may be a child of what it does.
            (Wanted::Digest(digest), _) => Ok(digest.clone()),
            (_, [digest]) => Ok((*digest).clone()),
            (Wanted::Only, []) => Err(absent("index.json lists no image")),
            (Wanted::Only, _) => Err(absent(format!(
                "index.json lists several images; name one of them, by tag or digest: {}",
                self.shown()
            ))),
            (Wanted::Name(name), []) => Err(absent(format!(
                "index.json lists no image {name:?}; there are: {}",
                self.shown()
            ))),
            (Wanted::Name(name), _) => Err(absent(format!(
                "index.json lists several images {name:?}; name one by its digest: {}",
                self.shown()
            ))),
        }
    }

    fn shown(&self) -> String {
        let shown = self.listed.iter().map(|listed| {
            let names: Vec<_> = listed.names().collect();
            format!("{} ({})", names.join(", "), listed.link.digest)
        });
        shown.take(20).collect::<Vec<_>>().join(", ")
    }

    /// A manifest, hashed before anything in it is believed.
    pub(super) async fn manifest(&self, digest: &Digest, said: &str) -> Result<Manifest, Error> {
        let extent = self.blob(digest)?;
        let listed = self.listed.iter().find(|it| it.link.digest == *digest);
        let listed = listed.map(|it| it.link.media_type.as_str());
        let said = if said.is_empty() { listed } else { Some(said) };
        let (digest, said) = (digest.clone(), said.unwrap_or_default().to_owned());
        blocking(move |_| {
            let bytes = extent.read_all(&format!("the manifest {digest}"), MAX_MANIFEST_SIZE)?;
            let found = Digest::of(digest.algorithm(), &bytes);
            if found != digest {
                let message = format!("the manifest {digest} has bytes that hash to {found}");
                return Err(corrupt(message));
            }
            Manifest::parse(bytes, found, &said).map_err(|error| {
                let message = format!("the manifest {digest} can't be mirrored: {error}");
                Error::new(Kind::InvalidManifest, message)
            })
        })
        .await
    }

    /// Where a blob is.
    pub(super) fn blob(&self, digest: &Digest) -> Result<Extent, Error> {
        let algorithm = digest.algorithm().name();
        self.files
            .find(&format!("blobs/{algorithm}/{}", digest.hex()))
    }

    /// What the layout lists that refers to something, by what it refers to.
    pub(super) async fn subjects(&self) -> Result<HashMap<Digest, Vec<Descriptor>>, Error> {
        let mut subjects: HashMap<_, Vec<_>> = HashMap::new();
        for listed in self.listed.iter() {
            // What can't be read may be another image, which is nobody's business here.
            let read = self.manifest(&listed.link.digest, "").await.ok();
            if let Some(subject) = read.as_ref().and_then(Manifest::subject) {
                let found = subjects.entry(subject.clone()).or_default();
                found.push(listed.link.clone());
            }
        }
        Ok(subjects)
    }

    /// The manifest of this name.
    pub(super) async fn named(&self, name: &str) -> Result<Option<Manifest>, Error> {
        let mut listed = self.listed.iter();
        match listed.find(|it| it.names().any(|known| known == name)) {
            Some(listed) => self.manifest(&listed.link.digest, "").await.map(Some),
            None => Ok(None),
        }
    }
}
