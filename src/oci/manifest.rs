use bytes::Bytes;
use serde::Deserialize;
use thiserror::Error;

use super::{Digest, Platform};

/// The largest manifest that registries must take, and the largest one we read.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests>
pub const MAX_MANIFEST_SIZE: u64 = 4 * 1024 * 1024;

/// The media types a manifest can have.
pub mod media_type {
    pub use oci_client::manifest::{
        IMAGE_MANIFEST_LIST_MEDIA_TYPE as DOCKER_MANIFEST_LIST,
        IMAGE_MANIFEST_MEDIA_TYPE as DOCKER_MANIFEST, OCI_IMAGE_INDEX_MEDIA_TYPE as OCI_INDEX,
        OCI_IMAGE_MEDIA_TYPE as OCI_MANIFEST,
    };

    /// The short-lived manifest of a general artifact, still found in registries.
    pub const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
    /// What came before image manifests and can't be copied by digest.
    pub const DOCKER_SCHEMA_1: [&str; 2] = [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ];
}

/// What a media type says about a manifest's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Image,
    Index,
    Artifact,
}

/// One row a media type: what we copy.
const KINDS: [(&str, Kind); 5] = [
    (media_type::OCI_INDEX, Kind::Index),
    (media_type::OCI_MANIFEST, Kind::Image),
    (media_type::DOCKER_MANIFEST_LIST, Kind::Index),
    (media_type::DOCKER_MANIFEST, Kind::Image),
    (media_type::OCI_ARTIFACT, Kind::Artifact),
];

/// A link from a manifest to a blob or another manifest.
/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The target's media type.
    #[serde(default)]
    pub media_type: String,
    /// The target's digest.
    pub digest: Digest,
    /// The target's size in bytes.
    pub size: u64,
    /// What the target runs on, where an index says so.
    #[serde(default)]
    pub platform: Option<Platform>,
}

impl Descriptor {
    /// Whether the target is a layer that its publisher forbids to pass on, and registries need not hold.
    /// <https://github.com/opencontainers/image-spec/blob/main/layer.md#non-distributable-layers>
    pub fn is_non_distributable(&self) -> bool {
        self.media_type.contains(".nondistributable.")
            || self
                .media_type
                .starts_with("application/vnd.docker.image.rootfs.foreign.")
    }
}

/// A manifest as it was read: its bytes to the byte, and the links in them.
#[derive(Clone, Debug)]
pub struct Manifest {
    bytes: Bytes,
    digest: Digest,
    media_type: String,
    children: Vec<Descriptor>,
    blobs: Vec<Descriptor>,
    subject: Option<Digest>,
}

/// Why bytes can't be taken for a manifest.
#[derive(Debug, Error)]
pub enum InvalidManifest {
    /// No JSON of a manifest's form; a duplicate key is refused here too.
    #[error("it is no valid manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// A media type we can't copy.
    #[error(
        "its media type {0:?} is not one that can be mirrored (OCI and Docker images, indexes and artifacts are)"
    )]
    UnknownKind(String),
    /// The format before 2017.
    #[error(
        "it is a Docker schema 1 manifest, which can't be mirrored by digest: build or pull and push the image again with a current tool"
    )]
    Schema1,
    /// The registry and the document disagree.
    #[error("the registry says its media type is {said:?}, the document itself says {written:?}")]
    MediaTypeMismatch {
        /// The `Content-Type`.
        said: String,
        /// The document's `mediaType`.
        written: String,
    },
    /// Links of an image and of an index in one document (CVE-2021-41190).
    #[error(
        "it has the links of an image and of an index at once, so readers could disagree on what it is"
    )]
    Ambiguous,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
    blobs: Option<Vec<Descriptor>>,
    subject: Option<serde_json::Value>,
    fs_layers: Option<serde::de::IgnoredAny>,
}

impl Manifest {
    /// Reads a manifest's links; `content_type` is what came with it, `digest` what its bytes hash to.
    pub fn parse(
        bytes: Bytes,
        digest: Digest,
        content_type: &str,
    ) -> Result<Self, InvalidManifest> {
        let said = essence(content_type);
        if media_type::DOCKER_SCHEMA_1.contains(&said.as_str()) {
            return Err(InvalidManifest::Schema1);
        }
        let document: Document = serde_json::from_slice(&bytes)?;
        let media_type = document.media_type(said)?;
        let kind = kind_of(&media_type)?;
        let subject = document.subject();
        let (children, blobs) = document.links(kind)?;
        Ok(Self {
            bytes,
            digest,
            media_type,
            children,
            blobs,
            subject,
        })
    }

    /// The manifest, to the byte.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the bytes hash to.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The same, called by its sha256.
    #[must_use]
    pub fn by_sha256(&self) -> Self {
        Self {
            digest: Digest::sha256(&self.bytes),
            ..self.clone()
        }
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What to send as `Content-Type`.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The manifests it links to.
    pub fn children(&self) -> &[Descriptor] {
        &self.children
    }

    /// An annotation; `None` where there is none.
    pub fn annotation(&self, name: &str) -> Option<String> {
        let json: serde_json::Value = serde_json::from_slice(&self.bytes).ok()?;
        Some(json["annotations"][name].as_str()?.to_owned())
    }

    /// What it refers to: it is a signature, an SBOM or an attestation of that.
    pub fn subject(&self) -> Option<&Digest> {
        self.subject.as_ref()
    }

    /// The blobs that must be where the manifest is: configuration and layers.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.blobs
            .iter()
            .filter(|blob| !blob.is_non_distributable())
    }
}

impl Document {
    /// The document's own media type, if what the registry says does not contradict it.
    fn media_type(&self, said: String) -> Result<String, InvalidManifest> {
        let written = self
            .media_type
            .as_deref()
            .map(essence)
            .filter(|written| !written.is_empty());
        let known = KINDS.iter().any(|(known, _)| *known == said);
        match written {
            Some(written) if known && written != said => {
                Err(InvalidManifest::MediaTypeMismatch { said, written })
            }
            Some(written) => Ok(written),
            None if known => Ok(said),
            // Only this field says what a registry without media types holds.
            None if self.fs_layers.is_some() => Err(InvalidManifest::Schema1),
            None => self
                .implied()
                .map(str::to_owned)
                .ok_or(InvalidManifest::UnknownKind(said)),
        }
    }

    /// Who can't say rightly what he refers to refers to nothing, and is carried all the same.
    fn subject(&self) -> Option<Digest> {
        self.subject.as_ref()?["digest"].as_str()?.parse().ok()
    }

    /// What a document without any media type is: the OCI specification lets the field be absent.
    fn implied(&self) -> Option<&'static str> {
        if self.manifests.is_some() {
            Some(media_type::OCI_INDEX)
        } else if self.config.is_some() && self.layers.is_some() {
            Some(media_type::OCI_MANIFEST)
        } else {
            None
        }
    }

    /// Children and blobs.
    fn links(self, kind: Kind) -> Result<(Vec<Descriptor>, Vec<Descriptor>), InvalidManifest> {
        let of_index = self.manifests.is_some();
        let of_image = self.config.is_some() || self.layers.is_some();
        if self.fs_layers.is_some() && !of_image && !of_index {
            return Err(InvalidManifest::Schema1);
        }
        match kind {
            Kind::Index if of_image || self.fs_layers.is_some() => Err(InvalidManifest::Ambiguous),
            Kind::Image if of_index || self.fs_layers.is_some() => Err(InvalidManifest::Ambiguous),
            Kind::Artifact if of_index || of_image => Err(InvalidManifest::Ambiguous),
            Kind::Index => Ok((self.manifests.unwrap_or_default(), Vec::new())),
            Kind::Image => {
                let layers = self.layers.unwrap_or_default();
                Ok((Vec::new(), self.config.into_iter().chain(layers).collect()))
            }
            Kind::Artifact => Ok((Vec::new(), self.blobs.unwrap_or_default())),
        }
    }
}

fn kind_of(media_type: &str) -> Result<Kind, InvalidManifest> {
    if media_type::DOCKER_SCHEMA_1.contains(&media_type) {
        return Err(InvalidManifest::Schema1);
    }
    let row = KINDS.iter().find(|(known, _)| *known == media_type);
    row.map(|(_, kind)| *kind)
        .ok_or_else(|| InvalidManifest::UnknownKind(media_type.to_owned()))
}

/// A media type without its parameters, in lower case: the part that names it (RFC 9110 §8.3.1).
fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// What to send as `Accept` when asking for a manifest.
pub fn acceptable() -> String {
    let media_types: Vec<_> = KINDS.iter().map(|(media_type, _)| *media_type).collect();
    media_types.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content_type: &str, json: &str) -> Result<Manifest, InvalidManifest> {
        let bytes = Bytes::copy_from_slice(json.as_bytes());
        let digest = Digest::sha256(&bytes);
        Manifest::parse(bytes, digest, content_type)
    }

    fn descriptor(media_type: &str) -> String {
        let digest = Digest::sha256(media_type.as_bytes());
        format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":3,"unknown":[]}}"#)
    }

    #[test]
    fn keeps_the_bytes_and_finds_the_links() {
        let (config, layer) = (descriptor("a/config"), descriptor("a/layer"));
        let json = format!("{{ \"layers\" : [{layer},{layer}],\n\"config\":{config} ,\"x\":1}}");
        let manifest = parse(media_type::OCI_MANIFEST, &json).unwrap();
        assert_eq!(manifest.bytes(), json.as_bytes());
        assert_eq!(manifest.blobs().count(), 3);
        assert!(manifest.children().is_empty());
    }

    #[test]
    fn the_media_type_may_come_from_either_side_but_must_agree() {
        let json = format!(
            r#"{{"mediaType":"{}","manifests":[]}}"#,
            media_type::OCI_INDEX
        );
        for said in [
            "application/json",
            "",
            "application/vnd.oci.image.index.v1+json; charset=UTF-8",
            "Application/VND.oci.image.index.v1+JSON",
        ] {
            assert_eq!(
                parse(said, &json).unwrap().media_type(),
                media_type::OCI_INDEX,
                "{said}"
            );
        }
        assert!(matches!(
            parse(media_type::OCI_MANIFEST, &json),
            Err(InvalidManifest::MediaTypeMismatch { .. })
        ));
        assert_eq!(
            parse("text/plain", r#"{"manifests":[]}"#)
                .unwrap()
                .media_type(),
            media_type::OCI_INDEX
        );
    }

    #[test]
    fn refuses_what_two_readers_could_take_for_two_things() {
        let layer = descriptor("a/layer");
        let both = format!(r#"{{"manifests":[],"layers":[{layer}]}}"#);
        assert!(matches!(
            parse(media_type::OCI_INDEX, &both),
            Err(InvalidManifest::Ambiguous)
        ));
        assert!(matches!(
            parse(media_type::OCI_MANIFEST, &both),
            Err(InvalidManifest::Ambiguous)
        ));
        assert!(matches!(
            parse(media_type::OCI_INDEX, r#"{"manifests":[],"manifests":[]}"#),
            Err(InvalidManifest::Json(_))
        ));
    }

    #[test]
    fn refuses_unknown_kinds_and_schema_1_with_advice() {
        assert!(matches!(
            parse("application/vnd.example+json", "{}"),
            Err(InvalidManifest::UnknownKind(_))
        ));
        assert!(matches!(
            parse("text/html", r#"{"mediaType":"x/y"}"#),
            Err(InvalidManifest::UnknownKind(_))
        ));
        assert!(matches!(
            parse(media_type::DOCKER_SCHEMA_1[1], "{}"),
            Err(InvalidManifest::Schema1)
        ));
        assert!(matches!(
            parse(media_type::OCI_MANIFEST, r#"{"fsLayers":[]}"#),
            Err(InvalidManifest::Schema1)
        ));
        assert!(matches!(
            parse("text/plain", r#"{"fsLayers":[]}"#),
            Err(InvalidManifest::Schema1)
        ));
        assert!(matches!(
            parse(media_type::OCI_MANIFEST, "<html>"),
            Err(InvalidManifest::Json(_))
        ));
    }

    #[test]
    fn layers_that_may_not_be_passed_on_are_no_blobs_to_carry() {
        let foreign = descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
        let oci = descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd");
        let json = format!(
            r#"{{"config":{},"layers":[{foreign},{oci}]}}"#,
            descriptor("c")
        );
        assert_eq!(
            parse(media_type::OCI_MANIFEST, &json)
                .unwrap()
                .blobs()
                .count(),
            1
        );
    }
}
