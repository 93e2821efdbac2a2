//! The main job: one image, every registry, the same digest under the same tags.

use crate::parts::{Image, RealRegistry, Scene, docker};
use crate::runner::Finished;

/// What the project's own strategy makes of the release of v1.2.3.
const TAGS: [&str; 4] = ["latest", "v1", "v1.2", "v1.2.3"];

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_release_carries_the_own_image_to_two_registries_and_it_runs_from_there() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");

    let step = scene
        .release_of(&image.reference, "mirror/action")
        .run()
        .ended_with(0);

    is_published(&scene, &step, &image, "mirror/action");
    for destination in [&scene.first, &scene.second] {
        runs(
            &scene,
            &format!("{}/mirror/action:v1.2.3", destination.loopback()),
        );
    }
}

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_release_carries_an_index_of_two_platforms_and_a_second_run_moves_nothing() {
    let scene = Scene::set();
    let image = Image::of_two_platforms(&scene, "truxe/app");

    let first = scene
        .release_of(&image.reference, "mirror/app")
        .run()
        .ended_with(0);
    is_published(&scene, &first, &image, "mirror/app");
    for destination in [&scene.first, &scene.second] {
        let config = scene.crane(&[
            "config",
            "--platform=linux/arm64",
            &format!("{}/mirror/app:latest", destination.host()),
        ]);
        assert!(config.contains("arm64"), "{config}");
    }

    let again = scene
        .release_of(&image.reference, "mirror/app")
        .run()
        .ended_with(0);
    assert_eq!(again.list("published"), [""; 0]);
    assert_eq!(again.list("unchanged"), first.list("published"));
}

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_dry_run_tells_everything_and_writes_nothing() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");

    let step = scene
        .release_of(&image.reference, "mirror/action")
        .input("mode", "dry-run")
        .run()
        .ended_with(0);

    assert_eq!(step.list("tags"), expected(&scene, "mirror/action"));
    assert_eq!(step.output("digest"), image.digest);
    assert_eq!(step.list("published"), [""; 0]);
    for destination in [&scene.first, &scene.second] {
        assert_eq!(destination.bytes_held(), 0, "{step}");
        assert!(!destination.holds_a_tag());
    }
}

#[track_caller]
fn is_published(scene: &Scene, step: &Finished, image: &Image, repository: &str) {
    let references = expected(scene, repository);
    assert_eq!(step.list("tags"), references);
    assert_eq!(step.list("published"), references);
    assert_eq!(step.list("tag-names"), TAGS);
    assert_eq!(step.output("version"), "v1.2.3");
    assert_eq!(step.output("digest"), image.digest);
    assert_eq!(step.list("failed"), [""; 0]);
    serde_json::from_str::<serde_json::Value>(step.output("json")).expect("the output json");
    for reference in &references {
        assert_eq!(scene.digest(reference), image.digest);
        assert!(
            step.summary
                .contains(&reference[..reference.rfind(':').unwrap()]),
            "{}",
            step.summary
        );
    }
    for registry in [&scene.source, &scene.first, &scene.second] {
        assert!(registry.bytes_held() > 0 && registry.holds_a_tag());
        step.masked(&registry.password);
    }
}

fn expected(scene: &Scene, repository: &str) -> Vec<String> {
    let of =
        |registry: &RealRegistry| TAGS.map(|tag| format!("{}/{repository}:{tag}", registry.host()));
    let mut references = [of(&scene.first), of(&scene.second)].concat();
    references.sort_unstable();
    references
}

/// Pulled by Docker and started, it reads its inputs and answers.
#[track_caller]
fn runs(scene: &Scene, reference: &str) {
    scene.docker(&["pull", "-q", reference]);
    let output = docker::run_with_nonsense(reference);
    scene.docker(&["rmi", reference]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("teleport"), "{said}");
}
