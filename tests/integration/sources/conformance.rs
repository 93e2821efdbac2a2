use std::fs;

use test_registry::image::{Built, Image, Index, built, zoo};
use test_registry::{Method, Registry};

use super::scene::{NAME, Scene};
use super::store::{write_gzip, write_layout, write_tar};

#[track_caller]
fn assert_arrived(scene: &Scene, image: &Built, what: &str) {
    image.assert_in(&scene.destination, NAME);
    assert_eq!(
        scene.destination.tag(NAME, "v1"),
        Some(image.digest()),
        "{what}"
    );
}

#[test]
fn every_image_arrives_from_a_registry() {
    for (what, image) in zoo() {
        let scene = Scene::new();
        image.put(&scene.source, NAME);
        scene.source.set_tag(NAME, "built", &image.digest());
        scene.succeeds(&scene.at_registry());
        assert_arrived(&scene, &image, what);
    }
}

#[test]
fn every_image_arrives_from_a_layout_and_from_archives() {
    for (what, image) in zoo() {
        let mut scene = Scene::new();
        let (layout, tar, gzip) = (scene.path("dist"), scene.path("a.tar"), scene.path("a.tgz"));
        fs::create_dir(&layout).unwrap();
        write_layout(&layout, &[("built", &image)]);
        write_tar(&layout, &tar);
        write_gzip(&tar, &gzip);
        for source in [
            "oci:dist".to_owned(),
            "oci:dist:built".to_owned(),
            format!("oci:{}@{}", layout.display(), image.digest()),
            "oci-archive:a.tar".to_owned(),
            "oci-archive:./a.tgz:built".to_owned(),
        ] {
            scene.destination = Registry::start();
            scene.succeeds(&source);
            assert_arrived(&scene, &image, what);
        }
    }
}

#[test]
fn a_layout_of_several_images_asks_which() {
    let scene = Scene::new();
    let images = [1, 2].map(|seed| Image::new().seed(seed).layers(1, 900).build());
    let layout = scene.path("dist");
    fs::create_dir(&layout).unwrap();
    write_layout(&layout, &[("one", &images[0]), ("two", &images[1])]);
    scene.fails_saying(
        "oci:dist",
        &["source oci:dist", "several images", "one (sha256:"],
    );
    scene.fails_saying("oci:dist:three", &["no image \"three\"", "two (sha256:"]);
    scene.succeeds("oci:dist:two");
    assert_arrived(&scene, &images[1], "two");
}

#[test]
fn a_media_type_in_capitals_with_parameters_is_the_same() {
    let scene = Scene::new();
    let image = Image::new().layers(1, 900).build();
    image.put(&scene.source, NAME);
    let said = "Application/VND.oci.image.manifest.v1+JSON; Charset=\"UTF-8\"";
    let root = image.root();
    scene
        .source
        .put_manifest(NAME, &root.descriptor.digest, said, root.bytes.clone());
    scene.source.set_tag(NAME, "built", &image.digest());
    scene.succeeds(&scene.at_registry());
    assert_arrived(&scene, &image, said);
}

#[test]
fn an_image_that_is_named_by_its_sha512_arrives_as_what_registries_call_it() {
    let image = Index::of([Image::new().layers(1, 900)]).build();
    let root = image.root();
    let sha512 = test_registry::Digest::sha512(&root.bytes);
    let media_type = &root.descriptor.media_type;
    let scene = Scene::new();
    image.put(&scene.source, NAME);
    scene
        .source
        .put_manifest(NAME, &sha512, media_type, root.bytes.clone());
    let signature = Image::referrer(&image, "application/vnd.example.signature");
    let signature = signature.push_untagged(&scene.source, NAME);
    let source = format!("{}/{NAME}@{sha512}", scene.source.host());
    scene.succeeds(&source);
    assert_arrived(&scene, &image, "sha512");
    signature.assert_in(&scene.destination, NAME);
    scene.destination.clear_journal();
    let text = scene.succeeds(&source);
    assert!(text.contains("is there already"), "{text}");
}

#[test]
fn a_foreign_layer_is_asked_for_nowhere() {
    let scene = Scene::new();
    let kind = test_registry::image::Kind::Foreign;
    let image = Image::new().layers(1, 900).layer(kind, 3_000);
    let image = image.push(&scene.source, NAME, "built");
    scene.succeeds(&scene.at_registry());
    assert_eq!(
        scene.source.count(&Method::GET, "/blobs/"),
        image.blobs.len()
    );
}

#[test]
fn schema_1_is_refused_with_advice() {
    let scene = Scene::new();
    let json = serde_json::json!({"schemaVersion": 1, "name": "a", "fsLayers": [], "history": []});
    for media_type in [
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/json",
    ] {
        let image = built(media_type, &json, Vec::new());
        image.put(&scene.source, NAME);
        scene.source.set_tag(NAME, "built", &image.digest());
        scene.fails_saying(
            &scene.at_registry(),
            &["Docker schema 1", "build or pull and push"],
        );
    }
}

#[test]
fn a_child_that_is_missing_is_named() {
    let scene = Scene::new();
    let platforms = ["linux/amd64", "linux/arm64"];
    let image = Index::of(platforms.map(|it| Image::new().platform(it).layers(1, 900)));
    let image = image.push(&scene.source, NAME, "built");
    let child = &image.manifests[0].descriptor.digest;
    scene.source.delete_manifest(NAME, child);
    scene.fails_saying(&scene.at_registry(), &[child, "platforms"]);
}
