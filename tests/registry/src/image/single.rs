use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::content::{Content, mix};
use crate::digest::{Algorithm, Digest};
use crate::registry::Registry;

use super::built::{Blob, Built, Descriptor, Manifest};
use super::flavour::{Flavour, Style};
use super::layer::{Kind, Layer};

/// An image for one platform, or an artifact, to be built.
#[derive(Clone, Debug)]
#[must_use]
pub struct Image {
    pub(super) platform: Option<String>,
    pub(super) flavour: Flavour,
    style: Style,
    seed: u64,
    algorithm: Algorithm,
    layers: Vec<Layer>,
    annotations: Map<String, Value>,
    labels: Map<String, Value>,
    artifact_type: Option<String>,
    subject: Option<Descriptor>,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            platform: None,
            flavour: Flavour::default(),
            style: Style::default(),
            seed: 1,
            algorithm: Algorithm::Sha256,
            layers: Vec::new(),
            annotations: Map::new(),
            labels: Map::new(),
            artifact_type: None,
            subject: None,
        }
    }
}

impl Image {
    /// An OCI image without layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A small artifact whose subject is that image: a signature, an SBOM, an attestation.
    pub fn referrer(subject: &Built, artifact_type: &str) -> Self {
        let mut image = Self::new().layers(1, 300);
        image.artifact_type = Some(artifact_type.to_owned());
        image.subject = Some(subject.root().descriptor.clone());
        image.annotate("org.example.of", &subject.digest())
    }

    /// Names the content; call it before the layers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// `os/architecture[/variant]`; call it before the layers, whose content it is part of.
    pub fn platform(mut self, platform: &str) -> Self {
        self.platform = Some(platform.to_owned());
        self
    }

    /// Uses Docker's media types.
    pub fn docker(mut self) -> Self {
        self.flavour = Flavour::Docker;
        self
    }

    /// Lays its manifest out so.
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Links to its blobs by SHA-512.
    pub fn sha512(mut self) -> Self {
        self.algorithm = Algorithm::Sha512;
        self
    }

    /// Adds `count` layers of `size` bytes each.
    pub fn layers(self, count: u64, size: u64) -> Self {
        (0..count).fold(self, |image, _| image.layer(Kind::Gzip, size))
    }

    /// Adds a layer.
    pub fn layer(mut self, kind: Kind, size: u64) -> Self {
        let of_platform = |seed: u64, byte: u8| mix(seed ^ u64::from(byte));
        let platform = self.platform.as_deref().unwrap_or_default();
        let seed = platform.bytes().fold(mix(self.seed), of_platform);
        let seed = seed.wrapping_add(self.layers.len() as u64);
        self.layers.push(Layer { kind, seed, size });
        self
    }

    /// Adds a layer that every image with the same `seed` here shares, whatever its own seed and platform.
    pub fn shared_layer(mut self, seed: u64, size: u64) -> Self {
        let kind = Kind::Gzip;
        self.layers.push(Layer { kind, seed, size });
        self
    }

    /// Adds an annotation.
    pub fn annotate(mut self, name: &str, value: &str) -> Self {
        self.annotations.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a label to its configuration.
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.into());
        self
    }

    /// Builds it.
    pub fn build(&self) -> Built {
        let layers = self.layers.iter();
        let (links, layers): (Vec<_>, Vec<_>) = layers
            .map(|layer| layer.build(self.flavour, self.algorithm))
            .unzip();
        let config = self.config(&layers);
        let manifest = self.manifest(&config, &links);
        let held = layers.into_iter().zip(&self.layers);
        let held = held.filter(|(_, layer)| layer.kind != Kind::Foreign);
        let mut blobs: Vec<Blob> = held.map(|(blob, _)| blob).chain([config]).collect();
        super::index::once_each(&mut blobs);
        Built {
            manifests: vec![manifest],
            blobs,
        }
    }

    fn config(&self, layers: &[Blob]) -> Blob {
        let (media_type, json) = match self.artifact_type {
            Some(_) => ("application/vnd.oci.empty.v1+json", json!({})),
            None => (self.flavour.config(), self.image_config(layers)),
        };
        let content = Content::Bytes(Bytes::from(json.to_string()));
        Blob {
            descriptor: Descriptor {
                media_type: media_type.to_owned(),
                digest: self.algorithm.of(&content),
                size: content.len(),
            },
            content,
        }
    }

    fn image_config(&self, layers: &[Blob]) -> Value {
        let ids = layers.iter().map(|blob| blob.descriptor.digest.as_str());
        let mut config = self.platform_json();
        config["rootfs"] = json!({"type": "layers", "diff_ids": ids.collect::<Vec<_>>()});
        let mut labels = self.labels.clone();
        labels.insert("org.example.seed".to_owned(), self.seed.to_string().into());
        config["config"] = json!({"Labels": labels});
        config
    }

    /// `{"os": ..., "architecture": ...}`, as configs and indexes say it.
    pub(super) fn platform_json(&self) -> Value {
        let platform = self.platform.as_deref().unwrap_or("linux/amd64");
        let names = ["os", "architecture", "variant"].into_iter();
        let fields = names.zip(platform.split('/'));
        fields
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect()
    }

    fn manifest(&self, config: &Blob, layers: &[Value]) -> Manifest {
        let media_type = self.flavour.manifest();
        let mut json = json!({
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": config.descriptor.json(),
            "layers": layers,
        });
        if let Some(artifact_type) = &self.artifact_type {
            json["artifactType"] = artifact_type.as_str().into();
        }
        if let Some(subject) = &self.subject {
            json["subject"] = subject.json();
        }
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
