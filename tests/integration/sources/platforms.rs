use std::fs;

use serde_json::Value;
use test_registry::image::{Built, Image, Index};
use test_registry::{Method, Registry};

use super::scene::{NAME, Scene};
use super::store::write_layout;

const PLATFORMS: [&str; 4] = ["linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7"];

fn image(platform: &str) -> Image {
    Image::new().platform(platform).layers(2, 900)
}

fn index() -> Index {
    Index::of(PLATFORMS.map(image)).attested()
}

/// The digests that the index under the tag lists.
fn listed(registry: &Registry) -> Vec<String> {
    let (_, bytes) = registry.manifest(NAME, "v1").unwrap();
    let index: Value = serde_json::from_slice(&bytes).unwrap();
    let links = index["manifests"].as_array().unwrap().iter();
    links
        .map(|link| link["digest"].as_str().unwrap().to_owned())
        .collect()
}

/// The digests of these children of [`index`], and of their attestations.
fn expected(all: &Built, places: &[usize]) -> Vec<String> {
    let count = PLATFORMS.len();
    let attestations = places.iter().map(|place| place + count);
    let places = places.iter().copied().chain(attestations);
    places
        .map(|place| all.manifests[place].descriptor.digest.as_str().to_owned())
        .collect()
}

#[test]
fn picks_what_is_named_with_its_attestations_always_to_the_same_bytes() {
    for (wanted, places) in [
        ("linux/amd64", &[0][..]),
        ("linux/arm/v7,linux/amd64", &[0, 3]),
        ("linux/arm", &[2, 3]),
        ("linux/arm64/v8\nlinux/arm/v6", &[1, 2]),
    ] {
        let mut scene = Scene::new().with("PLATFORMS", wanted);
        let built = index().push(&scene.source, NAME, "built");
        let layout = scene.path("dist");
        fs::create_dir(&layout).unwrap();
        write_layout(&layout, &[("built", &built)]);
        let mut digests = Vec::new();
        for source in [scene.at_registry(), "oci:dist".to_owned()] {
            scene.destination = Registry::start();
            let text = scene.succeeds(&source);
            assert!(
                text.contains("the digest is not the one of the source"),
                "{text}"
            );
            assert_eq!(
                listed(&scene.destination),
                expected(&built, places),
                "{wanted}"
            );
            let others = scene.destination.manifests(NAME).len();
            assert_eq!(others, 2 * places.len() + 1, "more came than was asked for");
            digests.push(scene.destination.tag(NAME, "v1").unwrap());
        }
        assert_eq!(digests[0], digests[1]);
    }
}

#[test]
fn what_is_not_there_is_an_error_that_lists_what_is() {
    let scene = Scene::new().with("PLATFORMS", "linux/amd64,windows/amd64,linux/arm/v5");
    index().push(&scene.source, NAME, "built");
    let words = [
        "not there for windows/amd64, linux/arm/v5",
        "it is for linux/amd64, linux/arm64, linux/arm/v6, linux/arm/v7",
    ];
    scene.fails_saying(&scene.at_registry(), &words);
}

#[test]
fn where_nothing_is_left_out_nothing_changes() {
    let whole = Scene::new().with("PLATFORMS", &PLATFORMS.join(","));
    let built = index().push(&whole.source, NAME, "built");
    let text = whole.succeeds(&whole.at_registry());
    assert_eq!(whole.destination.tag(NAME, "v1"), Some(built.digest()));
    assert!(!text.contains("::warning"), "{text}");
    for (wanted, code) in [("linux/arm64", 0), ("linux/amd64", 1)] {
        let single = Scene::new().with("PLATFORMS", wanted);
        let built = image("linux/arm64").push(&single.source, NAME, "built");
        assert_eq!(single.run(&single.at_registry()).0, code);
        let expected = (code == 0).then(|| built.digest());
        assert_eq!(single.destination.tag(NAME, "v1"), expected);
    }
}

#[test]
fn nested_indexes_and_manifest_lists_are_picked_from() {
    let scene = Scene::new().with("PLATFORMS", "linux/arm64");
    let inner = Index::of([image("linux/arm64"), image("linux/amd64")]);
    let other = Index::of([image("linux/s390x")]);
    Index::of([inner, other]).push(&scene.source, NAME, "built");
    scene.succeeds(&scene.at_registry());
    assert_eq!(listed(&scene.destination).len(), 1);
    assert_eq!(scene.destination.manifests(NAME).len(), 3);

    let scene = Scene::new().with("PLATFORMS", "linux/arm64");
    let built = Index::of(PLATFORMS.map(image)).docker();
    let built = built.push(&scene.source, NAME, "built");
    scene.succeeds(&scene.at_registry());
    let child = built.manifests[1].descriptor.digest.as_str();
    assert_eq!(listed(&scene.destination), [child]);
    let (media_type, _) = scene.destination.manifest(NAME, "v1").unwrap();
    assert_eq!(media_type, built.root().descriptor.media_type);
}

#[test]
fn children_that_were_never_pushed_can_be_left_out() {
    let scene = Scene::new().with("PLATFORMS", "linux/amd64");
    let built = index().push(&scene.source, NAME, "built");
    for place in [1, 2, 3] {
        let digest = &built.manifests[place].descriptor.digest;
        scene.source.delete_manifest(NAME, digest);
    }
    scene.succeeds(&scene.at_registry());
    assert_eq!(listed(&scene.destination), expected(&built, &[0]));
}

#[test]
fn a_second_run_reads_the_index_and_nothing_else() {
    let scene = Scene::new().with("PLATFORMS", "linux/amd64");
    index().push(&scene.source, NAME, "built");
    scene.succeeds(&scene.at_registry());
    scene.source.clear_journal();
    scene.destination.clear_journal();
    scene.succeeds(&scene.at_registry());
    assert_eq!(scene.source.requests(), 2, "{}", scene.source.transcript());
    assert_eq!(scene.source.count(&Method::GET, "/manifests/"), 1);
    assert_eq!(scene.destination.requests(), 1);
}
