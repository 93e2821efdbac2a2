//! Someone stops the job in the middle.

use std::time::Duration;

use crate::parts::{Image, Scene, Throttle};

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_cancelled_mirror_ends_in_time_and_says_what_is_not_done() {
    let scene = Scene::set();
    let image = Image::of_one_layer(&scene, "truxe/large", 20_000_000);
    let line = Throttle::before(&scene.first, 500_000);
    let auth = [
        scene.source.login(&scene.source.password),
        scene.first.login_at(&line.host(), &scene.first.password),
    ]
    .concat();
    let destination = format!("{}/mirror/large", line.host());
    let step = scene
        .step()
        .input("source", &image.reference)
        .input("images", &destination)
        .input("registry-auth", &auth);

    let running = step.start();
    line.wait_until_carried(500_000, Duration::from_mins(1));
    let step = running.cancel().ended_with(130);

    assert_eq!(
        step.stopped_by,
        Some("INT"),
        "the first signal is enough: {step}"
    );
    assert!(
        step.list("failed")
            .contains(&format!("{destination}:v1.2.3")),
        "{step}"
    );
    assert_eq!(step.list("published"), [""; 0]);
    assert!(step.summary.contains("mirror/large"), "{}", step.summary);
    assert!(!scene.first.holds_a_tag());
}
