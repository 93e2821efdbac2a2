//! Images to mirror: our own, as Docker pushes it, and an index of two platforms.

use std::fs;
use std::process::Command;

use super::docker::{docker, own_image};
use super::scene::Scene;
use super::tools::bytes_of;

pub(crate) struct Image {
    /// At the source, by digest.
    pub(crate) reference: String,
    pub(crate) digest: String,
}

impl Image {
    /// The action's own image, by `docker push`.
    pub(crate) fn own(scene: &Scene, repository: &str) -> Self {
        let name = format!("{}/{repository}:build", scene.source.loopback());
        bytes_of(&mut docker(&["tag", own_image(), &name]));
        scene.docker(&["push", "-q", &name]);
        bytes_of(&mut docker(&["rmi", &name]));
        Self::at_source(scene, repository, "build")
    }

    /// An OCI index: the action's own image for amd64, and another one for arm64.
    pub(crate) fn of_two_platforms(scene: &Scene, repository: &str) -> Self {
        Self::own(scene, repository);
        Self::of_one_layer(scene, repository, 100_000);
        let name = |tag: &str| format!("{}/{repository}:{tag}", scene.source.host());
        scene.crane(&[
            "mutate",
            "--set-platform",
            "linux/arm64",
            "-t",
            &name("arm64"),
            &name("layer"),
        ]);
        scene.crane(&[
            "index",
            "append",
            "-m",
            &name("build"),
            "-m",
            &name("arm64"),
            "-t",
            &name("index"),
        ]);
        Self::at_source(scene, repository, "index")
    }

    /// One layer of this many bytes that do not compress.
    pub(crate) fn of_one_layer(scene: &Scene, repository: &str, bytes: usize) -> Self {
        let (file, layer) = (
            scene.folder().join("noise"),
            scene.folder().join("layer.tar"),
        );
        fs::write(&file, noise(bytes)).unwrap();
        bytes_of(
            Command::new("tar")
                .arg("-cf")
                .arg(&layer)
                .arg("-C")
                .arg(scene.folder())
                .arg("noise"),
        );
        let name = format!("{}/{repository}:layer", scene.source.host());
        scene.crane(&["append", "-f", &layer.to_string_lossy(), "-t", &name]);
        Self::at_source(scene, repository, "layer")
    }

    fn at_source(scene: &Scene, repository: &str, tag: &str) -> Self {
        let name = format!("{}/{repository}", scene.source.host());
        let digest = scene.digest(&format!("{name}:{tag}"));
        Self {
            reference: format!("{name}@{digest}"),
            digest,
        }
    }
}

/// Xorshift: the same bytes every time, and nothing in them for a compressor.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state)
    };
    std::iter::from_fn(next)
        .flat_map(u64::to_le_bytes)
        .take(bytes)
        .collect()
}
