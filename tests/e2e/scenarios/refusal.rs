//! What cannot go well ends before anything is touched, and says why.

use crate::parts::{Image, RealRegistry, Scene};

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_wrong_password_for_the_second_registry_leaves_the_first_untouched() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");
    let logins = [
        (&scene.source, None),
        (&scene.first, None),
        (&scene.second, Some("not the password")),
    ];
    let auth = logins
        .map(|(registry, wrong)| registry.login(wrong.unwrap_or(&registry.password)))
        .concat();

    let step = scene
        .release_of(&image.reference, "mirror/action")
        .input("registry-auth", &auth)
        .run()
        .ended_with(1);

    step.says(&[&scene.second.host(), "registry-auth"]);
    assert_eq!(step.list("published"), [""; 0]);
    assert!(!step.list("failed").is_empty());
    assert!(
        is_untouched(&scene.first) && is_untouched(&scene.second),
        "{step}"
    );
}

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn an_unknown_mode_is_bad_input() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");

    let step = scene
        .release_of(&image.reference, "mirror/action")
        .input("mode", "teleport")
        .run()
        .ended_with(2);

    step.says(&["mode", "teleport"]);
    assert!(
        is_untouched(&scene.first) && is_untouched(&scene.second),
        "{step}"
    );
}

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_certificate_that_nobody_signed_for_is_not_trusted() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");

    let step = scene
        .release_of(&image.reference, "mirror/action")
        .trusting_nobody_else()
        .run()
        .ended_with(1);

    step.says(&[&scene.source.host(), "SSL_CERT_FILE"]);
}

fn is_untouched(registry: &RealRegistry) -> bool {
    registry.bytes_held() == 0 && !registry.holds_a_tag()
}
