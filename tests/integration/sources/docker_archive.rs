use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use test_registry::{Digest, Registry};

use super::scene::{NAME, Scene};
use super::store::{add, link, write_gzip};

const LAYERS: [&[u8]; 2] = [b"the first layer", b"the second layer"];

/// What the configuration says: the layers in this order, unpacked.
fn config(layers: &[&[u8]]) -> String {
    let ids: Vec<_> = layers
        .iter()
        .map(|it| Digest::of(it).as_str().to_owned())
        .collect();
    json!({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ids}})
        .to_string()
}

/// As Docker wrote it until version 24: a folder a layer, and a link where one comes twice.
fn write_old(path: &Path) {
    let config = config(&[LAYERS[0], LAYERS[1], LAYERS[0]]);
    let name = format!("{}.json", Digest::of(config.as_bytes()).hex());
    let list = json!([{
        "Config": name,
        "RepoTags": ["example:latest"],
        "Layers": ["1/layer.tar", "2/layer.tar", "3/layer.tar"],
    }]);
    let mut archive = tar::Builder::new(File::create(path).unwrap());
    add(&mut archive, "1/layer.tar", LAYERS[0]);
    add(&mut archive, "2/layer.tar", LAYERS[1]);
    link(&mut archive, "3/layer.tar", "../1/layer.tar");
    add(&mut archive, &name, config.as_bytes());
    add(&mut archive, "manifest.json", list.to_string().as_bytes());
    archive.finish().unwrap();
}

/// As Docker writes it since version 25: a layout with a `manifest.json`.
fn write_new(path: &Path) {
    let config = config(&[LAYERS[0], LAYERS[1], LAYERS[0]]);
    let mut archive = tar::Builder::new(File::create(path).unwrap());
    let mut blob = |bytes: &[u8]| {
        let name = format!("blobs/sha256/{}", Digest::of(bytes).hex());
        add(&mut archive, &name, bytes);
        name
    };
    let (config, first, second) = (blob(config.as_bytes()), blob(LAYERS[0]), blob(LAYERS[1]));
    let list = json!([{
        "Config": config,
        "RepoTags": ["example:latest"],
        "Layers": [first, second, first],
    }]);
    add(&mut archive, "manifest.json", list.to_string().as_bytes());
    archive.finish().unwrap();
}

/// What arrived: the manifest, and each layer unpacked.
fn read_back(registry: &Registry) -> (Value, Vec<Vec<u8>>) {
    let (_, bytes) = registry.manifest(NAME, "v1").unwrap();
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    let layers = manifest["layers"].as_array().unwrap().iter();
    let layers = layers.map(|layer| {
        let blob = registry
            .blob(NAME, layer["digest"].as_str().unwrap())
            .unwrap();
        let mut unpacked = Vec::new();
        let bytes = blob.bytes().unwrap();
        GzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
        unpacked
    });
    (manifest.clone(), layers.collect())
}

#[test]
fn what_docker_saves_arrives_in_every_form_with_the_same_digest() {
    let mut scene = Scene::new();
    write_old(&scene.path("old.tar"));
    write_new(&scene.path("new.tar"));
    write_gzip(&scene.path("old.tar"), &scene.path("old.tgz"));
    let mut digests = Vec::new();
    for source in [
        "docker-archive:old.tar",
        "docker-archive:new.tar",
        "docker-archive:old.tgz:example:latest",
        "docker-archive:new.tar:docker.io/library/example",
    ] {
        scene.destination = Registry::start();
        let text = scene.succeeds(source);
        let (manifest, layers) = read_back(&scene.destination);
        assert_eq!(layers, [LAYERS[0], LAYERS[1], LAYERS[0]], "{source}");
        assert!(text.contains("is new"), "{text}");
        let config = manifest["config"]["digest"].as_str().unwrap();
        assert!(scene.destination.blob(NAME, config).is_some());
        digests.push(scene.destination.tag(NAME, "v1").unwrap());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "{digests:?}");
}

#[test]
fn a_dry_run_says_the_digest_and_writes_nothing() {
    let scene = Scene::new().with("MODE", "dry-run");
    write_old(&scene.path("old.tar"));
    assert!(
        scene
            .succeeds("docker-archive:old.tar")
            .contains("is sha256:")
    );
    assert!(scene.destination.blobs(NAME).is_empty());
}

#[test]
fn a_second_run_changes_nothing() {
    let scene = Scene::new();
    write_old(&scene.path("old.tar"));
    scene.succeeds("docker-archive:old.tar");
    scene.destination.clear_journal();
    scene.succeeds("docker-archive:old.tar");
    assert_eq!(scene.destination.requests(), 1);
}

#[test]
fn what_is_not_there_or_not_right_is_named() {
    let scene = Scene::new();
    write_old(&scene.path("old.tar"));
    scene.fails_saying(
        "docker-archive:none.tar",
        &["source docker-archive:none.tar", "workspace"],
    );
    scene.fails_saying(
        "docker-archive:old.tar:other",
        &["no image \"other\"", "example:latest"],
    );
    scene.fails_saying("oci-archive:old.tar", &["docker-archive:FILE"]);

    let config = config(&[LAYERS[1]]);
    let list = json!([{"Config": "c.json", "RepoTags": null, "Layers": ["l.tar"]}]);
    let mut archive = tar::Builder::new(File::create(scene.path("bad.tar")).unwrap());
    add(&mut archive, "l.tar", LAYERS[0]);
    add(&mut archive, "c.json", config.as_bytes());
    add(&mut archive, "manifest.json", list.to_string().as_bytes());
    archive.finish().unwrap();
    scene.fails_saying("docker-archive:bad.tar", &["layer l.tar unpacks to"]);
}
