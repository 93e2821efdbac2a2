//! Tags that should not move do not, and lists of tags are read only where something may be guarded.

use test_registry::image::Image;
use test_registry::{Immutable, Method, Registry};

use crate::mirror::{Mirror, NAME};

/// A release of this version by the default rules.
fn release(destinations: Vec<Registry>, version: &str) -> Mirror {
    Mirror::to(destinations)
        .with("TAGS", "")
        .with("FLAVOR", "")
        .on(&format!("refs/tags/{version}"))
}

/// A registry where another image is under these tags.
fn holding(registry: Registry, tags: &[&str]) -> Registry {
    let old = Image::new()
        .seed(7)
        .layers(1, 1_000)
        .push_untagged(&registry, NAME);
    for tag in tags {
        registry.set_tag(NAME, tag, &old.digest());
    }
    registry
}

fn lists(registry: &Registry) -> usize {
    registry.count(&Method::GET, "/tags/list")
}

#[test]
fn an_older_version_takes_nothing_from_a_higher_one() {
    // The list comes in pages of three.
    let paged = Registry::builder().tags_page(3).start();
    let there = [
        "latest", "v1", "v1.2", "v1.2.2", "v1.3", "v1.3.0", "v2", "v2.0", "v2.0.1",
    ];
    let mirror = release(vec![holding(paged, &there), Registry::start()], "v1.2.3");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("kept"), ["0:v1", "0:latest"]);
    let published = [
        "0:v1.2.3", "0:v1.2", "1:v1.2.3", "1:v1.2", "1:v1", "1:latest",
    ];
    assert_eq!(mirror.places("published"), published, "{text}");
    assert!(
        text.contains("v2.0.1 is there, which is higher than 1.2.3"),
        "{text}"
    );
    // Once before the upload and once before the move.
    assert_eq!(lists(&mirror.destinations[0]), 2 * 3);
}

#[test]
fn a_newer_version_that_is_published_while_we_upload_keeps_what_it_took() {
    for (older, code) in [("skip", 0), ("error", 1)] {
        let there = holding(Registry::start(), &["latest", "v1", "v1.1.0"]);
        let mirror = release(vec![Registry::start(), there.clone()], "v1.2.3");
        let mirror = mirror.with("OLDER-VERSION", older);
        let newer = Image::new()
            .seed(9)
            .layers(1, 10)
            .push_untagged(&there, NAME);
        let (registry, digest) = (there.clone(), newer.digest());
        there
            .on(Method::PUT, "/manifests/sha256")
            .nth(1)
            .run(move || {
                for tag in ["v1.3.0", "v1", "latest"] {
                    registry.set_tag(NAME, tag, &digest);
                }
            });
        let (found, text) = mirror.run();
        assert_eq!(found, code, "{text}");
        for tag in ["v1", "latest"] {
            assert_eq!(there.tag(NAME, tag), Some(newer.digest()), "{tag}: {text}");
        }
        assert!(text.contains("v1.3.0 is there, which is higher"), "{text}");
        let kept = if code == 0 { 2 } else { 0 };
        assert_eq!(mirror.places("kept").len(), kept, "{text}");
        let published = if code == 0 { 6 } else { 0 };
        assert_eq!(mirror.places("published").len(), published, "{text}");
    }
}

#[test]
fn going_back_is_an_error_or_allowed_as_asked() {
    for (older, code) in [("error", 1), ("move", 0)] {
        let there = ["latest", "v1", "v1.2", "v2.0.1"];
        let destinations = vec![Registry::start(), holding(Registry::start(), &there)];
        let mirror = release(destinations, "v1.2.3").with("OLDER-VERSION", older);
        let (found, text) = mirror.run();
        assert_eq!(found, code, "{text}");
        let published = if code == 0 { 8 } else { 0 };
        assert_eq!(mirror.places("published").len(), published, "{text}");
        assert_eq!(lists(&mirror.destinations[1]), usize::from(code));
        let writes = mirror.destinations[1].count(&Method::POST, "/");
        assert_eq!(writes == 0, code == 1, "refused before anything is sent");
    }
}

#[test]
fn a_floating_tag_that_is_not_there_is_not_made_by_an_older_version() {
    let mirror = release(
        vec![holding(Registry::start(), &["v2.0.0"]), Registry::start()],
        "v1.9.1",
    );
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("kept"), ["0:latest"], "{text}");
    assert_eq!(mirror.destinations[0].tag(NAME, "latest"), None);
    assert_eq!(mirror.destinations[1].tags(NAME).len(), 4);
}

#[test]
fn a_latest_that_is_written_by_hand_is_no_less_guarded() {
    let there = ["latest", "v2.0.0"];
    let mirror = release(vec![holding(Registry::start(), &there)], "v1.9.1")
        .with(
            "TAGS",
            "type=semver,pattern=v{{version}}\ntype=raw,value=latest",
        )
        .with("FLAVOR", "latest=false");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("kept"), ["0:latest"], "{text}");
    assert_eq!(mirror.places("published"), ["0:v1.9.1"], "{text}");
}

#[test]
fn a_registry_that_lists_nothing_before_the_first_push_is_no_obstacle() {
    let mirror = release(vec![Registry::start()], "v1.2.3");
    mirror.destinations[0]
        .on(Method::GET, "/tags/list")
        .status(403);
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("published").len(), 4);
}

#[test]
fn tags_that_are_right_or_stand_for_themselves_need_no_list() {
    let mirror = release(vec![Registry::start()], "v1.2.3");
    assert_eq!(mirror.run().0, 0);
    mirror.destinations[0].clear_journal();
    assert_eq!(mirror.run().0, 0);
    assert_eq!(lists(&mirror.destinations[0]), 0);
    let mirror = Mirror::to(vec![holding(Registry::start(), &["v1", "v9.0.0"])]);
    assert_eq!(mirror.run().0, 0);
    assert_eq!(lists(&mirror.destinations[0]), 0);
}

#[test]
fn an_immutable_tag_never_moves_and_may_be_right() {
    let destinations = vec![holding(Registry::start(), &["v1.2"]), Registry::start()];
    let mirror = Mirror::to(destinations).with("IMMUTABLE-TAGS", "v*.*");
    let old = mirror.destinations[0].tag(NAME, "v1.2");
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("immutable-tags says"), "{text}");
    assert_eq!(mirror.destinations[0].tag(NAME, "v1.2"), old);
    assert!(mirror.destinations[1].tags(NAME).is_empty());
    mirror.destinations[0].delete_tag(NAME, "v1.2");
    mirror.succeeds();
    mirror.succeeds();
}

#[test]
fn a_registry_that_enforces_immutability_is_named_and_the_same_digest_is_fine() {
    for immutable in [Immutable::DockerHub, Immutable::Ecr, Immutable::Harbor] {
        let strict = || Registry::builder().immutable_tags(immutable).start();
        let mirror = Mirror::to(vec![holding(strict(), &["v1.2"]), Registry::start()]);
        let (code, text) = mirror.run();
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("does not let this tag move"), "{text}");
        assert!(mirror.destinations[1].tags(NAME).is_empty());
        assert_eq!(mirror.destinations[0].tags(NAME).len(), 1, "{text}");
        // The same where the image itself was there before.
        let mirror = Mirror::to(vec![holding(strict(), &["v1.2"])]);
        mirror.image.put(&mirror.destinations[0], NAME);
        let (code, text) = mirror.run();
        assert_eq!(code, 1, "{text}");
        let is_named = text.contains("does not let this tag move");
        assert!(is_named || immutable == Immutable::DockerHub, "{text}");
        // The first answer is lost: put again, the tag would be refused as it is there.
        let mirror = Mirror::to(vec![strict()]);
        let puts = mirror.destinations[0].on(Method::PUT, "/manifests/v1");
        puts.nth(1).apply_then_status(500);
        mirror.succeeds();
    }
}

#[test]
fn pull_requests_move_no_tags_of_others() {
    let mut mirror = Mirror::to_open(1).on("refs/pull/7/merge");
    let event = ("GITHUB_EVENT_NAME".to_owned(), "pull_request".to_owned());
    mirror.inputs.push(event);
    let (code, text) = mirror.run();
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("a pull request may not move"), "{text}");
    assert_eq!(mirror.destinations[0].requests(), 0);
    let mirror = mirror.with("TAGS", "type=ref,event=pr");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    assert_eq!(mirror.places("published"), ["0:pr-7"]);
}
