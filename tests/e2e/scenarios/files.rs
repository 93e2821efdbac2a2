//! Folders and files that other programs wrote are sources like a registry.

use std::process::Command;

use test_registry::image::{Image, Index};

use crate::parts::docker::{docker, own_image, run_with_nonsense};
use crate::parts::tools::{bytes_of, text_of};
use crate::parts::{Gallery, Make};

#[test]
#[ignore = "needs real registries and their tools: run tests/all"]
fn layouts_and_archives_that_crane_oras_and_skopeo_wrote_keep_the_digest() {
    let gallery = Gallery::open();
    let images = ["linux/amd64", "linux/arm64"].map(|it| Image::new().platform(it).layers(2, 900));
    let image = Index::of(images).attested().build();
    let source = gallery.hang(&image, "files");
    let repository = format!("{}/files", gallery.host(Make::Go));
    gallery.publishes(&source, &repository);
    let published = format!("{repository}:v1");
    let skopeo = |to: &str| {
        let mut skopeo = gallery.tool("skopeo");
        skopeo.args([
            "copy",
            "--all",
            "--preserve-digests",
            "--src-tls-verify=false",
        ]);
        skopeo.args([&format!("docker://{published}"), to]);
        skopeo
    };
    let mut crane = gallery.tool("crane");
    crane.args(["pull", "--format", "oci", &published, "by-crane"]);
    let mut oras = gallery.tool("oras");
    oras.args([
        "copy",
        "--from-plain-http",
        "--to-oci-layout",
        &published,
        "by-oras:v1",
    ]);
    let written: [(&mut Command, &str); 4] = [
        (&mut crane, "oci:by-crane"),
        (&mut oras, "oci:by-oras:v1"),
        (&mut skopeo("oci:by-skopeo:v1"), "oci:by-skopeo:v1"),
        (
            &mut skopeo("oci-archive:skopeo.tar:v1"),
            "oci-archive:skopeo.tar",
        ),
    ];
    for (number, (write, source)) in written.into_iter().enumerate() {
        bytes_of(write.current_dir(gallery.path("")));
        let name = format!("back/{number}");
        gallery.publishes(source, &format!("{}/{name}", gallery.own.host()));
        image.assert_in(&gallery.own, &name);
        assert_eq!(
            gallery.own.tag(&name, "v1"),
            Some(image.digest()),
            "{source}"
        );
    }
}

#[test]
#[ignore = "needs a Docker Engine and real registries: run tests/all"]
fn what_docker_saved_is_pulled_and_runs_and_is_the_same_the_second_time() {
    let gallery = Gallery::open();
    let saved = gallery.path("saved.tar");
    bytes_of(docker(&["save", own_image(), "-o"]).arg(&saved));
    let repository = format!("{}/saved", gallery.host(Make::Distribution2));
    gallery.publishes("docker-archive:saved.tar", &repository);
    let published = format!("{repository}:v1");

    let again = gallery.publish("docker-archive:saved.tar", &repository);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(said.contains("v1 is there already"), "{said}");

    bytes_of(gallery.tool("docker").args(["pull", "-q", &published]));
    let id = |image: &str| {
        text_of(&mut docker(&[
            "inspect",
            "--format",
            "{{json .RootFS.Layers}}",
            image,
        ]))
    };
    assert_eq!(id(&published), id(own_image()));
    let output = run_with_nonsense(&published);
    bytes_of(&mut docker(&["rmi", &published]));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
#[ignore = "needs real registries and their tools: run tests/all"]
fn what_crane_and_skopeo_write_as_docker_does_arrives_too() {
    let gallery = Gallery::open();
    let image = Image::new().platform("linux/amd64").build();
    let source = gallery.hang(&image, "tarball");
    let repository = format!("{}/tarball", gallery.host(Make::Go));
    gallery.publishes(&source, &repository);
    let published = format!("{repository}:v1");
    let mut crane = gallery.tool("crane");
    crane.args(["pull", &published, "crane.tar"]);
    let mut skopeo = gallery.tool("skopeo");
    skopeo.args([
        "copy",
        "--src-tls-verify=false",
        &format!("docker://{published}"),
    ]);
    skopeo.arg("docker-archive:skopeo.tar:example:v1");
    for (write, source) in [
        (&mut crane, "docker-archive:crane.tar"),
        (&mut skopeo, "docker-archive:skopeo.tar:example:v1"),
    ] {
        bytes_of(write.current_dir(gallery.path("")));
        gallery.publishes(source, &format!("{repository}-again"));
        let config = |repository: &str| {
            text_of(
                gallery
                    .tool("crane")
                    .args(["config", &format!("{repository}:v1")]),
            )
        };
        assert_eq!(
            config(&format!("{repository}-again")),
            config(&repository),
            "{source}"
        );
    }
}
