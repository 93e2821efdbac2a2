use serde_json::Value;
use test_registry::image::{Child, Image, Index, Kind, Style};
use test_registry::{Digest, Registry};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn the_same_seed_makes_the_same_image() {
    let image = |seed| Image::new().seed(seed).layers(2, 100).build().digest();
    assert_eq!(image(7), image(7));
    assert_ne!(image(7), image(8));
}

#[test]
fn layers_of_any_size_differ() {
    for size in [8, 63, 64, 100, 513, 70_000] {
        let built = Image::new().layers(3, size).build();
        assert_eq!(built.blobs.len(), 4, "{size}");
    }
}

#[test]
fn layers_look_like_what_they_are() {
    let image = Image::new().layer(Kind::Gzip, 100);
    let built = image.layer(Kind::Zstd, 100).build();
    let heads = built.blobs[..2]
        .iter()
        .map(|it| it.content.bytes().unwrap()[..2].to_vec());
    assert!(heads.eq([vec![0x1f, 0x8b], vec![0x28, 0xb5]]));
}

#[test]
fn platforms_differ_but_for_what_they_share() {
    let image = |platform: &str| {
        let image = Image::new().platform(platform).layers(2, 100);
        image.shared_layer(9, 100)
    };
    let built = Index::of([image("linux/amd64"), image("linux/arm64/v8")]).build();
    assert_eq!(built.manifests.len(), 3);
    assert_eq!(built.blobs.len(), 2 * 2 + 1 + 2);
    let index = json(&built.root().bytes);
    let platform = &index["manifests"][1]["platform"];
    assert_eq!(platform["variant"], "v8");
}

#[test]
fn everything_is_put_under_its_digest() {
    let registry = Registry::start();
    let images = Index::of([Image::new().layers(1, 10)]).attested();
    let other = Image::new().seed(2).layers(1, 0).docker();
    let nested = Index::of([Child::from(images), Child::from(other)]);
    let built = nested.style(Style::Compact).push(&registry, "o/n", "v1");
    built.assert_in(&registry, "o/n");
    assert_eq!(registry.tag("o/n", "v1"), Some(built.digest()));
    assert_eq!(built.manifests.len(), 5);
    for manifest in &built.manifests {
        assert_eq!(Digest::of(&manifest.bytes), manifest.descriptor.digest);
    }
}

#[test]
fn an_attestation_names_its_image() {
    let built = Index::of([Image::new().layers(1, 10)]).attested().build();
    let index = json(&built.root().bytes);
    let [image, attestation] = index["manifests"].as_array().unwrap().as_slice() else {
        panic!("two children");
    };
    assert_eq!(attestation["platform"]["os"], "unknown");
    let named = &attestation["annotations"]["vnd.docker.reference.digest"];
    assert_eq!(named, &image["digest"]);
}

#[test]
fn docker_images_have_dockers_types() {
    let built = Index::of([Image::new().layer(Kind::Zstd, 9)])
        .docker()
        .build();
    let types: Vec<_> = built
        .manifests
        .iter()
        .map(|it| it.descriptor.media_type.as_str())
        .collect();
    assert_eq!(
        types,
        [
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json"
        ]
    );
    let layer = &json(&built.manifests[0].bytes)["layers"][0];
    assert_eq!(
        layer["mediaType"],
        "application/vnd.docker.image.rootfs.diff.tar.zstd"
    );
}

#[test]
fn foreign_layers_are_named_but_not_held() {
    let built = Image::new().layer(Kind::Foreign, 50).layers(1, 10).build();
    let manifest = json(&built.root().bytes);
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 2);
    assert!(manifest["layers"][0]["urls"][0].is_string());
    assert_eq!(built.blobs.len(), 2);
}

#[test]
fn odd_manifests_do_not_survive_being_written_anew() {
    let built = Image::new().style(Style::Odd).layers(1, 10).build();
    let bytes = &built.root().bytes;
    let anew = serde_json::to_vec_pretty(&json(bytes)).unwrap();
    assert_ne!(anew, bytes.to_vec());
}

#[test]
fn a_referrer_names_its_subject() {
    let subject = Image::new().build();
    let referrer = Image::referrer(&subject, "a/signature")
        .annotate("k", "v")
        .build();
    let manifest = json(&referrer.root().bytes);
    assert_eq!(manifest["subject"]["digest"], subject.digest().as_str());
    assert_eq!(manifest["artifactType"], "a/signature");
    assert_eq!(manifest["annotations"]["k"], "v");
}
