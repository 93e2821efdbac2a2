//! Registries that die between two moves, forget what they took, or say what is not so.

use test_registry::{Method, Registry};

use crate::mirror::{Mirror, NAME, old_image};

#[test]
fn a_registry_that_dies_between_two_moves_is_named_and_the_others_are_as_asked() {
    for publish in ["together", "independently"] {
        let mirror = Mirror::to_open(3).with("PUBLISH", publish);
        let old: Vec<_> = mirror.destinations.iter().map(old_image).collect();
        let dying = mirror.destinations[1].clone();
        let hook = move || drop(dying.on_any("/v2/").close());
        mirror.destinations[1]
            .on(Method::PUT, "/manifests/v1.2")
            .close()
            .run(hook);
        let (code, text) = mirror.run();
        assert_eq!(code, 1, "{text}");
        mirror.destinations[1].clear_rules();
        let together = publish == "together";
        for other in [0, 2] {
            let there = mirror.destinations[other].tag(NAME, "v1").unwrap();
            assert_eq!(there == old[other], together, "{text}");
        }
        let place = format!("{}/{NAME}", mirror.destinations[1].host());
        assert!(
            text.contains(&format!("{place}: moving tag v1.2: ")),
            "{text}"
        );
        let failed = if together { 6 } else { 2 };
        assert_eq!(mirror.places("failed").len(), failed, "{text}");
        mirror.succeeds();
    }
}

#[test]
fn a_registry_that_takes_a_tag_and_does_not_move_it_sends_all_back() {
    for (tag, count) in [("v1", 1), ("v1.2", 1), ("v1", 3), ("v1.2", 3)] {
        let mirror = Mirror::to_open(count);
        let old: Vec<_> = mirror.destinations.iter().map(old_image).collect();
        mirror.destinations[count - 1]
            .on(Method::PUT, &format!("/manifests/{tag}"))
            .status(201);
        let (code, text) = mirror.run();
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("the registry took the tag, but"), "{text}");
        for (destination, old) in mirror.destinations.iter().zip(&old) {
            for tag in ["v1", "v1.2"] {
                assert_eq!(destination.tag(NAME, tag).as_ref(), Some(old), "{text}");
            }
        }
        assert!(mirror.places("published").is_empty());
        assert_eq!(mirror.places("failed").len(), 2 * count);
    }
}

#[test]
fn a_registry_that_takes_a_manifest_and_does_not_keep_it_moves_no_tag() {
    let mirror = Mirror::to_open(2);
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/sha256")
        .status(201);
    mirror.fails_saying(&["took the manifest and does not have it"]);
}

#[test]
fn what_a_registry_forgot_is_sent_again() {
    let mirror = Mirror::to_open(2);
    let (registry, image) = (mirror.destinations[0].clone(), mirror.image.clone());
    mirror.destinations[0]
        .on(Method::PUT, "/manifests/sha256")
        .nth(1)
        .run(move || {
            for blob in &image.blobs {
                registry.delete_blob(NAME, &blob.descriptor.digest);
            }
        });
    let (registry, image) = (mirror.destinations[1].clone(), mirror.image.clone());
    let root = format!("/manifests/{}", image.digest());
    mirror.destinations[1]
        .on(Method::PUT, &root)
        .nth(1)
        .run(move || registry.delete_manifest(NAME, &image.manifests[0].descriptor.digest));
    mirror.succeeds();
}

#[test]
fn a_registry_that_forgets_everything_ends_the_run() {
    let mirror = Mirror::to_open(2);
    let (registry, image) = (mirror.destinations[0].clone(), mirror.image.clone());
    mirror.destinations[0]
        .on(Method::PUT, "/manifests/sha256")
        .run(move || {
            for blob in &image.blobs {
                registry.delete_blob(NAME, &blob.descriptor.digest);
            }
        });
    mirror.fails_saying(&["MANIFEST_BLOB_UNKNOWN", "lost what was uploaded"]);
}

#[test]
fn a_registry_that_claims_to_have_it_all_gets_what_it_lacks() {
    let mirror = Mirror::to_open(2);
    let root = mirror.image.digest();
    mirror.destinations[0]
        .on(Method::HEAD, &format!("/manifests/{root}"))
        .status(200)
        .header("docker-content-digest", &root);
    mirror.succeeds();
}

#[test]
fn where_the_old_image_is_gone_the_tag_stays_new_and_is_named() {
    let mirror = Mirror::to_open(2);
    let old: Vec<_> = mirror.destinations.iter().map(old_image).collect();
    mirror.destinations[0]
        .on(Method::GET, &format!("/manifests/{}", old[0]))
        .status(404);
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/v1.2")
        .status(403);
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    assert_eq!(mirror.places("published"), ["0:v1", "0:v1.2"], "{text}");
    assert_eq!(mirror.places("failed"), ["1:v1", "1:v1.2"], "{text}");
    assert!(
        text.contains(&format!("moving tag v1 back to {}", old[0])),
        "{text}"
    );
    mirror.destinations.iter().for_each(Registry::clear_rules);
    mirror.succeeds();
}
