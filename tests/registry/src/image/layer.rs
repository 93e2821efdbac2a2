use serde_json::{Value, json};

use crate::content::{Content, Synthetic};
use crate::digest::Algorithm;

use super::built::{Blob, Descriptor};
use super::flavour::Flavour;

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Compressed with gzip, by its media type.
    Gzip,
    /// Compressed with zstd, by its media type.
    Zstd,
    /// Not to be passed on: it has `urls`, and registries need not hold it.
    Foreign,
}

impl Kind {
    fn media_type(self, flavour: Flavour) -> &'static str {
        match (flavour, self) {
            (Flavour::Oci, Self::Gzip) => "application/vnd.oci.image.layer.v1.tar+gzip",
            (Flavour::Oci, Self::Zstd) => "application/vnd.oci.image.layer.v1.tar+zstd",
            (Flavour::Oci, Self::Foreign) => {
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
            }
            (Flavour::Docker, Self::Gzip) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
            (Flavour::Docker, Self::Zstd) => "application/vnd.docker.image.rootfs.diff.tar.zstd",
            (Flavour::Docker, Self::Foreign) => {
                "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
            }
        }
    }

    /// What tools know a compression by: without it, skopeo would compress the layer anew.
    fn magic(self) -> &'static [u8] {
        match self {
            Self::Gzip | Self::Foreign => &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff],
            Self::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
        }
    }
}

/// A layer to be built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) kind: Kind,
    pub(super) seed: u64,
    pub(super) size: u64,
}

/// Layers below this are all content, lest they be alike.
const SMALLEST: u64 = 64;

/// Layers above this are made when they are asked for.
const SYNTHETIC_FROM: u64 = 64 * 1024 * 1024;

impl Layer {
    /// What the manifest says about it, and the blob.
    pub(super) fn build(self, flavour: Flavour, algorithm: Algorithm) -> (Value, Blob) {
        let mut synthetic = Synthetic::new(self.seed, self.size);
        if self.size >= SMALLEST {
            synthetic = synthetic.beginning_with(self.kind.magic());
        }
        let content = match self.size {
            0..SYNTHETIC_FROM => Content::Bytes(synthetic.bytes()),
            _ => Content::Synthetic(synthetic),
        };
        let descriptor = Descriptor {
            media_type: self.kind.media_type(flavour).to_owned(),
            digest: algorithm.of(&content),
            size: self.size,
        };
        let mut json = descriptor.json();
        if self.kind == Kind::Foreign {
            let url = format!("https://foreign.invalid/{}", descriptor.digest.hex());
            json["urls"] = json!([url]);
        }
        let blob = Blob {
            descriptor,
            content,
        };
        (json, blob)
    }
}
