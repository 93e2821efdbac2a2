//! Tags move in all registries or in none, or in each by itself: what is where after a failure, and what is said of it.

use test_registry::image::Image;
use test_registry::{Capability, Digest, Method, Registry};

use crate::mirror::{Mirror, NAME, old_image};

/// Both tags of a destination.
fn tags(registry: &Registry) -> [Option<Digest>; 2] {
    ["v1", "v1.2"].map(|tag| registry.tag(NAME, tag))
}

fn together(count: usize) -> Mirror {
    Mirror::to_open(count).with("PUBLISH", "together")
}

fn independently(count: usize) -> Mirror {
    Mirror::to_open(count).with("PUBLISH", "independently")
}

#[test]
fn a_tag_that_cannot_move_sends_the_others_back_to_the_old_image() {
    let mirror = together(3);
    let old: Vec<_> = mirror.destinations.iter().map(old_image).collect();
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/v1.2")
        .status(403);
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    for (destination, old) in mirror.destinations.iter().zip(old) {
        assert_eq!(tags(destination), [Some(old.clone()), Some(old)], "{text}");
    }
    assert!(mirror.places("published").is_empty());
    assert_eq!(mirror.places("failed").len(), 6);
}

#[test]
fn a_tag_that_was_not_there_is_taken_away_again() {
    let mirror = together(3);
    mirror.destinations[2]
        .on(Method::PUT, "/manifests/v1.2")
        .status(403);
    mirror.fails_saying(&["moving tag v1.2"]);
    assert!(mirror.places("published").is_empty());
}

#[test]
fn what_cannot_be_moved_back_is_named_and_healed_by_the_next_run() {
    let fixed = Registry::builder().without(Capability::Delete).start();
    let mirror = Mirror::to(vec![fixed, Registry::start()]);
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/v1.2")
        .status(403);
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("moving tag v1 back to nothing"), "{text}");
    assert_eq!(mirror.places("published")[0], "0:v1");
    assert_eq!(tags(&mirror.destinations[1]), [None, None]);
    mirror.destinations[1].clear_rules();
    mirror.succeeds();
}

#[test]
fn a_tag_that_somebody_else_moved_meanwhile_is_named_and_left_there() {
    let mirror = together(2);
    let foreign = Image::new()
        .seed(9)
        .layers(1, 10)
        .push(&mirror.destinations[0], NAME, "other");
    let (registry, digest) = (mirror.destinations[0].clone(), foreign.digest());
    mirror.destinations[1]
        .on(Method::PUT, "/manifests/v1.2")
        .run(move || registry.set_tag(NAME, "v1", &digest));
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("somebody else moved it"), "{text}");
    let remedy = "Let jobs that move the same tags wait for each other (`concurrency` in the workflow), and run again what shall win";
    assert!(text.contains(remedy), "{text}");
    assert_eq!(tags(&mirror.destinations[0])[0], Some(foreign.digest()));
    assert_eq!(mirror.places("failed"), ["0:v1"]);
    assert_eq!(mirror.places("published").len(), 3);
}

#[test]
fn a_registry_that_fails_alone_leaves_the_others_published() {
    for (method, path) in [
        (Method::HEAD, "/manifests/v1"),
        (Method::POST, "/blobs/uploads/"),
        (Method::PUT, "/blobs/uploads/"),
        (Method::PUT, "/manifests/sha256"),
        (Method::PUT, "/manifests/v1"),
    ] {
        let mirror = independently(3);
        mirror.destinations[1].on(method.clone(), path).status(403);
        if method == Method::HEAD {
            mirror.destinations[1].on(Method::GET, path).status(403);
        }
        let (code, text) = mirror.run();
        assert_eq!(code, 1, "{method} {path}: {text}");
        let published = ["0:v1", "0:v1.2", "2:v1", "2:v1.2"];
        assert_eq!(
            mirror.places("published"),
            published,
            "{method} {path}: {text}"
        );
        assert_eq!(mirror.places("failed"), ["1:v1", "1:v1.2"], "{text}");
        assert_eq!(tags(&mirror.destinations[1]), [None, None]);
        for blob in &mirror.image.blobs {
            assert_eq!(mirror.source.blob_reads(&blob.descriptor.digest), 1);
        }
        mirror.destinations[1].clear_rules();
        mirror.destinations[0].clear_journal();
        mirror.succeeds();
        assert_eq!(mirror.destinations[0].count(&Method::PUT, "/"), 0);
    }
}

#[test]
fn a_lost_answer_is_settled_by_looking_before_anything_else() {
    let mirror = together(1);
    mirror.destinations[0]
        .on(Method::PUT, "/manifests/v1")
        .nth(1)
        .apply_then_close();
    mirror.succeeds();
    let journal = mirror.destinations[0].journal();
    let puts = journal
        .iter()
        .filter(|it| it.method == Method::PUT && it.path.ends_with("/v1"));
    assert_eq!(puts.count(), 1, "{}", mirror.destinations[0].transcript());
}
