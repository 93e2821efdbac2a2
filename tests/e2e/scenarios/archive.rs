//! The README's first workflow: built into the workspace, published from there, and nothing logged in but by an earlier step.

use std::fs;

use crate::parts::{Image, Scene};

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn an_archive_that_an_earlier_step_left_goes_to_two_registries_with_the_logins_of_another() {
    let scene = Scene::set();
    let image = Image::of_two_platforms(&scene, "truxe/app");
    let archive = scene.folder().join("image.tar");
    let (from, to) = (
        format!("docker://{}", image.reference),
        format!("oci-archive:{}", archive.display()),
    );
    scene.skopeo(&["copy", "--all", &from, &to]);
    let archive = fs::read(archive).unwrap();
    let logins = fs::read(scene.folder().join("config.json")).unwrap();
    let images = [&scene.first, &scene.second].map(|to| format!("{}/mirror/app", to.host()));

    for place in ["${{ github.workspace }}", "${{ runner.temp }}"] {
        let step = scene
            .step()
            .left(&format!("{place}/image.tar"), &archive)
            .left("${{ runner.temp }}/docker/config.json", &logins)
            .env("DOCKER_CONFIG", "${{ runner.temp }}/docker")
            .input("source", &format!("oci-archive:{place}/image.tar"))
            .input("images", &images.join("\n"))
            .run()
            .ended_with(0);

        assert!(step.list("skipped").is_empty() && step.list("failed").is_empty());
        for image in &images {
            for tag in step.output("tag-names").lines() {
                let reference = format!("{image}:{tag}");
                assert_eq!(scene.digest(&reference), step.output("digest"));
            }
        }
    }
}

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_name_in_the_workspace_is_enough() {
    let scene = Scene::set();
    let image = Image::of_one_layer(&scene, "truxe/app", 100_000);
    let archive = scene.folder().join("image.tar");
    let from = format!("docker://{}", image.reference);
    scene.skopeo(&["copy", &from, &format!("oci-archive:{}", archive.display())]);
    let archive = fs::read(archive).unwrap();

    let step = scene
        .release_of("oci-archive:image.tar", "mirror/app")
        .left("${{ github.workspace }}/image.tar", &archive)
        .run()
        .ended_with(0);

    for reference in step.list("published") {
        assert_eq!(scene.digest(&reference), step.output("digest"));
    }
    assert_eq!(step.list("published").len(), 8);
}
