use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::digest::Digest;
use crate::registry::Registry;

use super::built::{Blob, Built, Descriptor, Manifest};
use super::flavour::{Flavour, Style};
use super::single::Image;

/// What an index lists.
#[derive(Clone, Debug)]
pub enum Child {
    /// An image.
    Image(Image),
    /// Another index.
    Index(Index),
}

impl From<Image> for Child {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

impl From<Index> for Child {
    fn from(index: Index) -> Self {
        Self::Index(index)
    }
}

/// An index, or a manifest list, to be built.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Index {
    children: Vec<Child>,
    flavour: Flavour,
    style: Style,
    attested: bool,
    annotations: Map<String, Value>,
}

impl Index {
    /// An OCI index of these images and indexes.
    pub fn of<C: Into<Child>>(children: impl IntoIterator<Item = C>) -> Self {
        Self {
            children: children.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Makes it a Docker manifest list, of Docker images.
    pub fn docker(mut self) -> Self {
        self.flavour = Flavour::Docker;
        for child in &mut self.children {
            if let Child::Image(image) = child {
                image.flavour = Flavour::Docker;
            }
        }
        self
    }

    /// Lays its own JSON out so.
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Adds `BuildKit`'s attestation, an `unknown/unknown` child, for each image.
    pub fn attested(mut self) -> Self {
        self.attested = true;
        self
    }

    /// Adds an annotation.
    pub fn annotate(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.into());
        self
    }

    /// Builds it.
    pub fn build(&self) -> Built {
        let mut links = Vec::new();
        let mut manifests = Vec::new();
        let mut blobs = Vec::new();
        let mut add = |built: Built| {
            let descriptor = built.root().descriptor.clone();
            manifests.extend(built.manifests);
            blobs.extend(built.blobs);
            descriptor
        };
        for child in &self.children {
            match child {
                Child::Index(index) => links.push(add(index.build()).json()),
                Child::Image(image) => {
                    let mut link = add(image.build()).json();
                    link["platform"] = image.platform_json();
                    links.push(link);
                }
            }
        }
        if self.attested {
            let images: Vec<_> = links
                .iter()
                .filter(|it| !it["platform"].is_null())
                .collect();
            let attestations: Vec<_> = images.into_iter().map(attestation).collect();
            for (image, annotations) in attestations {
                let mut link = add(image.build()).json();
                link["platform"] = image.platform_json();
                link["annotations"] = annotations;
                links.push(link);
            }
        }
        manifests.push(self.manifest(&links));
        once_each(&mut blobs);
        Built { manifests, blobs }
    }

    fn manifest(&self, links: &[Value]) -> Manifest {
        let media_type = self.flavour.index();
        let mut json = json!({
            "schemaVersion": 2,
            "mediaType": media_type,
            "manifests": links,
        });
        if !self.annotations.is_empty() {
            json["annotations"] = self.annotations.clone().into();
        }
        let bytes = self.style.write(&json);
        Manifest {
            descriptor: Descriptor {
                media_type: media_type.to_owned(),
                digest: Digest::of(&bytes),
                size: bytes.len() as u64,
            },
            bytes,
        }
    }

    /// Builds it and puts it under a tag.
    pub fn push(&self, registry: &Registry, repository: &str, tag: &str) -> Built {
        let built = self.push_untagged(registry, repository);
        registry.set_tag(repository, tag, &built.digest());
        built
    }

    /// Builds it and puts it without a tag.
    pub fn push_untagged(&self, registry: &Registry, repository: &str) -> Built {
        let built = self.build();
        built.put(registry, repository);
        built
    }
}

/// The attestation of a linked image, and the annotations of the link to it.
fn attestation(link: &Value) -> (Image, Value) {
    let digest = link["digest"].as_str().unwrap_or_default();
    let image = Image::new()
        .platform("unknown/unknown")
        .annotate("org.example.of", digest)
        .layers(1, 1_000);
    let annotations = json!({
        "vnd.docker.reference.digest": digest,
        "vnd.docker.reference.type": "attestation-manifest",
    });
    (image, annotations)
}

/// Drops blobs that came before.
pub(super) fn once_each(blobs: &mut Vec<Blob>) {
    let mut seen = HashSet::new();
    blobs.retain(|blob| seen.insert(blob.descriptor.digest.clone()));
}
