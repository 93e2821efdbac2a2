use std::fs::{self, File};
use std::os::unix::fs::symlink;

use serde_json::json;
use test_registry::image::Image;

use super::scene::Scene;
use super::store::{add, link, write_blob, write_layout, write_tar};

#[test]
fn links_in_a_layout_lead_nowhere() {
    let scene = Scene::new();
    let image = Image::new().layers(1, 900).build();
    let layout = scene.path("dist");
    fs::create_dir(&layout).unwrap();
    write_layout(&layout, &[("built", &image)]);
    let blobs = layout.join("blobs");
    fs::rename(&blobs, scene.path("elsewhere")).unwrap();
    symlink(scene.path("elsewhere"), &blobs).unwrap();
    scene.fails_saying("oci:dist", &["is a link", "cp -rL"]);
    fs::remove_file(layout.join("index.json")).unwrap();
    symlink("/etc/passwd", layout.join("index.json")).unwrap();
    scene.fails_saying("oci:dist", &["index.json is a link"]);
}

#[test]
fn spoiled_and_cut_files_move_no_tag() {
    let scene = Scene::new();
    let image = Image::new().layers(1, 90_000).build();
    let layout = scene.path("dist");
    fs::create_dir(&layout).unwrap();
    write_layout(&layout, &[("built", &image)]);
    write_tar(&layout, &scene.path("a.tar"));
    let whole = fs::read(scene.path("a.tar")).unwrap();
    for cut in [0, 100, 512, 1_000, 40_000, whole.len() - 40_000] {
        fs::write(scene.path("cut.tar"), &whole[..cut]).unwrap();
        scene.fails_saying("oci-archive:cut.tar", &["source oci-archive:cut.tar"]);
    }
    let layer = &image.blobs[0].descriptor.digest;
    let mut bytes = image.blobs[0].content.bytes().unwrap().to_vec();
    bytes[70_000] ^= 1;
    write_blob(&layout, layer, &bytes);
    scene.fails_saying("oci:dist", &[layer, "hash to"]);
    write_blob(&layout, layer, &bytes[1..]);
    scene.fails_saying("oci:dist", &[layer, "its manifest says 90000"]);
    write_blob(&layout, &image.digest(), b"{}");
    scene.fails_saying("oci:dist", &["hash to"]);
}

#[test]
fn names_that_lead_out_of_an_archive_are_no_names() {
    let scene = Scene::new();
    fs::write(scene.path("secret"), "{}").unwrap();
    let lists = [
        ("../secret", "../secret"),
        ("link", "link"),
        ("loop", "loop"),
        ("/etc/passwd", "/etc/passwd"),
    ];
    for (config, layer) in lists {
        let list = json!([{"Config": config, "RepoTags": null, "Layers": [layer]}]);
        let mut archive = tar::Builder::new(File::create(scene.path("a.tar")).unwrap());
        link(&mut archive, "link", "../../secret");
        link(&mut archive, "loop", "loop");
        add(&mut archive, "manifest.json", list.to_string().as_bytes());
        archive.finish().unwrap();
        scene.fails_saying("docker-archive:a.tar", &["there is no"]);
    }
}

#[test]
fn what_is_neither_folder_nor_archive_is_refused() {
    let scene = Scene::new();
    fs::create_dir(scene.path("empty")).unwrap();
    fs::write(scene.path("text"), "no archive at all").unwrap();
    scene.fails_saying("oci:empty", &["index.json"]);
    scene.fails_saying("oci:text", &["oci-archive:FILE"]);
    scene.fails_saying("oci-archive:empty", &["oci:DIR"]);
    scene.fails_saying("oci-archive:text", &["no tar archive"]);
    scene.fails_saying("docker-archive:/dev/zero", &["is no file"]);
}
