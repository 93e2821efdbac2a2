use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::blocking::{Stop, blocking};
use super::extent::Extent;
use super::fault::{absent, corrupt, or_else, unwritable};
use super::files::Files;
use super::gzip;
use crate::oci::{Digest, MAX_MANIFEST_SIZE, Manifest, Reference, Store, Wanted, media_type};
use crate::registry::{Error, Kind};

const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// How every zstd file starts.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// More than the Docker Engine runs.
const MAX_LAYERS: usize = 1_000;

/// An image as `docker save` writes it, with the manifest that `docker push` would give it.
#[derive(Clone)]
pub(super) struct DockerArchive(Arc<Inner>);

struct Inner {
    manifest: Manifest,
    blobs: HashMap<Digest, Extent>,
}

/// An image that the archive's `manifest.json` lists.
/// <https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Option<Vec<Digest>>,
}

impl DockerArchive {
    pub(super) async fn open(store: &Store) -> Result<Self, Error> {
        let store = store.clone();
        blocking(move |stop| {
            let files = Files::open(&store, stop)?;
            let listed = choose(list(&files)?, &store.wanted)?;
            let mut packer = Packer {
                files: &files,
                store: &store,
                packed: None,
                layers: HashMap::new(),
                blobs: HashMap::new(),
                stop,
            };
            let manifest = packer.manifest(&listed)?;
            let blobs = packer.blobs;
            Ok(Self(Arc::new(Inner { manifest, blobs })))
        })
        .await
    }

    pub(super) fn digest(&self) -> &Digest {
        self.0.manifest.digest()
    }

    pub(super) fn manifest(&self, digest: &Digest) -> Result<Manifest, Error> {
        let manifest = &self.0.manifest;
        (manifest.digest() == digest)
            .then(|| manifest.clone())
            .ok_or_else(|| absent(format!("there is no manifest {digest}")))
    }

    pub(super) fn blob(&self, digest: &Digest) -> Result<Extent, Error> {
        let blob = self.0.blobs.get(digest).cloned();
        blob.ok_or_else(|| absent(format!("there is no blob {digest}")))
    }
}

fn list(files: &Files) -> Result<Vec<Listed>, Error> {
    let list = files.find("manifest.json").map_err(|error| {
        or_else(
            error,
            "it is not what docker save writes, an OCI layout is named oci-archive:FILE",
        )
    })?;
    let list = list.read_all("manifest.json", MAX_MANIFEST_SIZE)?;
    serde_json::from_slice(&list).map_err(|error| {
        corrupt(format!(
            "manifest.json is not as docker save writes it: {error}"
        ))
    })
}

/// The image that is meant.
fn choose(list: Vec<Listed>, wanted: &Wanted) -> Result<Listed, Error> {
    let tags = |listed: &Listed| listed.repo_tags.clone().unwrap_or_default();
    let all: Vec<_> = list.iter().flat_map(tags).collect();
    let is_meant = |listed: &Listed| match wanted {
        Wanted::Only => true,
        Wanted::Name(name) => tags(listed).iter().any(|tag| is_same(tag, name)),
        Wanted::Digest(_) => false,
    };
    let mut meant: Vec<_> = list.into_iter().filter(is_meant).collect();
    match (meant.pop(), meant.is_empty(), wanted) {
        (Some(listed), true, _) => Ok(listed),
        (_, false, _) => Err(absent(format!(
            "the archive holds several images; name one of them: {}",
            all.join(", ")
        ))),
        (None, _, Wanted::Name(name)) => Err(absent(format!(
            "the archive holds no image {name:?}; there are: {}",
            all.join(", ")
        ))),
        (None, ..) => Err(absent("the archive holds no image")),
    }
}

/// `alpine` is `docker.io/library/alpine:latest`.
fn is_same(tag: &str, wanted: &str) -> bool {
    let full = |text: &str| {
        let mut reference: Reference = text.parse().ok()?;
        if reference.tag.is_none() {
            reference.tag = "latest".parse().ok();
        }
        Some(reference)
    };
    tag == wanted || full(tag).is_some_and(|tag| Some(tag) == full(wanted))
}

/// Makes an archive's image into blobs and a manifest.
struct Packer<'a> {
    files: &'a Files,
    store: &'a Store,
    /// What was compressed, one layer behind the other.
    packed: Option<File>,
    /// By where they are in the archive: many images have a layer twice, under two names.
    layers: HashMap<u64, (Digest, Value)>,
    blobs: HashMap<Digest, Extent>,
    stop: &'a Stop,
}

impl Packer<'_> {
    fn manifest(&mut self, listed: &Listed) -> Result<Manifest, Error> {
        let extent = self.files.find(&listed.config)?;
        let bytes = extent.read_all(&listed.config, MAX_MANIFEST_SIZE)?;
        let config: Config = serde_json::from_slice(&bytes)
            .map_err(|error| corrupt(format!("{} is no configuration: {error}", listed.config)))?;
        let config_digest = Digest::sha256(&bytes);
        let config_link = link(CONFIG, &config_digest, extent.length);
        self.blobs.insert(config_digest, extent);
        let names = listed.layers.as_deref().unwrap_or_default();
        let ids = config.rootfs.diff_ids.unwrap_or_default();
        if names.len() != ids.len() || names.len() > MAX_LAYERS {
            return Err(corrupt(format!(
                "the archive lists {} layers, the configuration {}",
                names.len(),
                ids.len()
            )));
        }
        let layers = names
            .iter()
            .zip(&ids)
            .map(|(name, id)| self.layer(name, id));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        manifest(&json!({
            "schemaVersion": 2,
            "mediaType": media_type::DOCKER_MANIFEST,
            "config": config_link,
            "layers": layers,
        }))
    }

    /// A layer's descriptor; the configuration says what the unpacked layer hashes to.
    fn layer(&mut self, name: &str, id: &Digest) -> Result<Value, Error> {
        let extent = self.files.find(name)?;
        let known = self.layers.get(&extent.start).cloned();
        let (found, link) = match known {
            Some(known) => known,
            None => self.read_layer(name, &extent)?,
        };
        if found != *id {
            return Err(corrupt(format!(
                "layer {name} unpacks to bytes that hash to {found}, the configuration says {id}"
            )));
        }
        self.layers.insert(extent.start, (found, link.clone()));
        Ok(link)
    }

    fn read_layer(&mut self, name: &str, extent: &Extent) -> Result<(Digest, Value), Error> {
        let mut start = [0; ZSTD.len()];
        let at = |error| corrupt(format!("layer {name} can't be read: {error}"));
        let count = extent.read_at(&mut start, 0).map_err(at)?;
        let start = &start[..count];
        if start.starts_with(&gzip::MAGIC) {
            let (digest, plain) = gzip::digests(extent, self.stop)?;
            return Ok((plain, self.keep(LAYER_GZIP, digest, extent.clone())));
        }
        if start == ZSTD {
            return Err(corrupt(format!(
                "layer {name} is compressed with zstd, which docker save does not do; if the archive is an OCI layout too, name it oci-archive:FILE"
            )));
        }
        self.pack(extent)
    }

    fn pack(&mut self, extent: &Extent) -> Result<(Digest, Value), Error> {
        if self.packed.is_none() {
            self.packed = Some(gzip::temporary(&self.store.scratch)?);
        }
        let Some(file) = &mut self.packed else {
            return Err(corrupt("there is no temporary file"));
        };
        let start = gzip::position(file)?;
        let packed = gzip::pack(extent, file, self.stop)?;
        let file = file.try_clone().map_err(|error| unwritable(&error))?;
        let place = Extent {
            file: Arc::new(file),
            start,
            length: packed.length,
        };
        Ok((packed.plain, self.keep(LAYER_GZIP, packed.digest, place)))
    }

    fn keep(&mut self, media_type: &str, digest: Digest, extent: Extent) -> Value {
        let link = link(media_type, &digest, extent.length);
        self.blobs.insert(digest, extent);
        link
    }
}

fn link(media_type: &str, digest: &Digest, size: u64) -> Value {
    json!({"mediaType": media_type, "digest": digest.as_str(), "size": size})
}

fn manifest(json: &Value) -> Result<Manifest, Error> {
    let bytes = Bytes::from(json.to_string());
    let digest = Digest::sha256(&bytes);
    Manifest::parse(bytes, digest, media_type::DOCKER_MANIFEST)
        .map_err(|error| Error::new(Kind::InvalidManifest, error.to_string()))
}
