//! The images, and how they get into the source.

use std::process::Command;

use test_registry::Registry;
use test_registry::image::{Image, Index};

use super::tool::ours;

/// The argument that makes this program a registry of test images for as long as one is copied: the bench's own
/// memory stays small then, and the kernel counts a parent's memory as its child's peak.
pub(super) const FILL: &str = "fill";
pub(super) const REPOSITORY: &str = "bench/image";
/// The tags of the image and of the same image with another last layer.
pub(super) const VERSIONS: [&str; 2] = ["v1", "v2"];

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];

/// Platforms, layers, bytes a layer.
fn shape(name: &str) -> (usize, u64, u64) {
    match name {
        "big" => (2, 6, 50_000_000),
        "many" => (2, 60, 50_000),
        "mid" => (1, 10, 5_000_000),
        "huge" => (1, 1, 2_000_000_000),
        _ => panic!("{name:?} is none of big, many, mid, huge"),
    }
}

/// Copies both versions of an image from a registry in this process to the source.
pub(super) fn fill(name: &str, host: &str) {
    let (platforms, layers, size) = shape(name);
    let registry = Registry::start();
    for (version, seed) in VERSIONS.into_iter().zip(0..) {
        let image = |(platform, place): (&str, u64)| {
            let image = Image::new().platform(platform).layers(layers - 1, size);
            image.shared_layer(1_000 * (seed + 1) + place, size)
        };
        let images = PLATFORMS.into_iter().zip(0..).take(platforms).map(image);
        Index::of(images).push(&registry, REPOSITORY, version);
        let from = format!("{}/{REPOSITORY}:{version}", registry.host());
        let to = [format!("{host}/{REPOSITORY}")];
        let mut copy: Command = ours(&from, &to, version);
        copy.env("INPUT_INSECURE-REGISTRIES", registry.host());
        let output = copy.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
