use std::fs;

use bytes::Bytes;
use serde_json::{Value, json};
use test_registry::image::{Built, Image, Index};
use test_registry::{Capability, Method, Registry};

use super::scene::{NAME, Scene};
use super::store::write_layout;

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SIGNATURE: &str = "application/vnd.example.signature";

fn with_api() -> Registry {
    Registry::builder().referrers_page(1).start()
}

fn without_api() -> Registry {
    Registry::builder().without(Capability::Referrers).start()
}

/// An image, and all that refers to it: its index, a child, a signature of a signature, and cosign's own tags.
struct Signed {
    image: Built,
    referrers: Vec<(Built, Built)>,
    tagged: Vec<(String, Built)>,
}

fn signed() -> Signed {
    let platforms = ["linux/amd64", "linux/arm64"];
    let image = Index::of(platforms.map(|it| Image::new().platform(it).layers(1, 900))).build();
    let child = Built {
        manifests: vec![image.manifests[0].clone()],
        blobs: Vec::new(),
    };
    let refer = |to: &Built, what: &str, n: u64| {
        let annotated = Image::referrer(to, what).annotate("org.example.n", &n.to_string());
        (to.clone(), annotated.build())
    };
    let signature = refer(&image, SIGNATURE, 1);
    let counter = refer(&signature.1, SIGNATURE, 2);
    let sbom = refer(&child, "application/spdx+json", 3);
    let second = refer(&image, SIGNATURE, 4);
    let cosign = |of: &Built, what: &str, seed| {
        let tag = format!("{}.{what}", of.digest().as_str().replace(':', "-"));
        (tag, Image::new().seed(seed).layers(2, 300).build())
    };
    Signed {
        tagged: vec![cosign(&image, "sig", 5), cosign(&child, "att", 6)],
        image,
        referrers: vec![signature, counter, sbom, second],
    }
}

/// The referrers tag of an image.
fn tag_of(image: &Built) -> String {
    image.digest().as_str().replace(':', "-")
}

impl Signed {
    fn put(&self, registry: &Registry, has_api: bool) {
        self.image.put(registry, NAME);
        registry.set_tag(NAME, "built", &self.image.digest());
        for (subject, referrer) in &self.referrers {
            referrer.put(registry, NAME);
            if !has_api {
                list(registry, subject, referrer);
            }
        }
        for (tag, signatures) in &self.tagged {
            signatures.put(registry, NAME);
            registry.set_tag(NAME, tag, &signatures.digest());
        }
    }

    #[track_caller]
    fn assert_in(&self, registry: &Registry, has_api: bool) {
        self.image.assert_in(registry, NAME);
        for (subject, referrer) in &self.referrers {
            referrer.assert_in(registry, NAME);
            if !has_api {
                let entry = entry(registry, subject, referrer);
                let own: Value = serde_json::from_slice(&referrer.root().bytes).unwrap();
                assert_eq!(entry["artifactType"], own["artifactType"]);
                assert_eq!(entry["annotations"], own["annotations"]);
            }
        }
        for (tag, signatures) in &self.tagged {
            signatures.assert_in(registry, NAME);
            assert_eq!(registry.tag(NAME, tag), Some(signatures.digest()), "{tag}");
        }
    }
}

fn entries(registry: &Registry, subject: &Built) -> Vec<Value> {
    let list = registry.manifest(NAME, &tag_of(subject));
    let list = list.map(|(_, bytes)| serde_json::from_slice::<Value>(&bytes).unwrap());
    list.map_or_else(Vec::new, |list| {
        list["manifests"].as_array().unwrap().clone()
    })
}

#[track_caller]
fn entry(registry: &Registry, subject: &Built, referrer: &Built) -> Value {
    let digest = referrer.digest();
    let entries = entries(registry, subject);
    let found: Vec<_> = entries
        .iter()
        .filter(|it| it["digest"] == digest.as_str())
        .collect();
    assert_eq!(found.len(), 1, "{digest} in {entries:?}");
    found[0].clone()
}

/// Adds to the referrers tag, as old tools did: without type and annotations.
fn list(registry: &Registry, subject: &Built, referrer: &Built) {
    let root = &referrer.root().descriptor;
    let mut entries = entries(registry, subject);
    entries.push(json!({
        "mediaType": root.media_type,
        "digest": root.digest.as_str(),
        "size": root.size,
    }));
    let list = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries});
    let bytes = Bytes::from(list.to_string());
    let digest = test_registry::Digest::of(&bytes);
    registry.put_manifest(NAME, &digest, OCI_INDEX, bytes);
    registry.set_tag(NAME, &tag_of(subject), &digest);
}

#[test]
fn all_that_refers_to_an_image_comes_along_whatever_registries_know() {
    let open = |api| if api { with_api() } else { without_api() };
    for (from_api, to_api) in [(true, true), (true, false), (false, true), (false, false)] {
        let signed = signed();
        let scene = Scene::between(open(from_api), open(to_api));
        signed.put(&scene.source, from_api);
        let text = scene.succeeds(&scene.at_registry());
        assert!(text.contains("6 signatures"), "{text}");
        signed.assert_in(&scene.destination, to_api);
    }
}

#[test]
fn they_are_found_among_more_tags_than_are_listed_at_once() {
    let source = Registry::builder()
        .without(Capability::Referrers)
        .tags_page(2)
        .start();
    let signed = signed();
    let scene = Scene::between(source, without_api());
    signed.put(&scene.source, false);
    scene.succeeds(&scene.at_registry());
    signed.assert_in(&scene.destination, false);
}

#[test]
fn no_tag_moves_before_they_are_found_there() {
    let signed = signed();
    let scene = Scene::between(with_api(), without_api());
    signed.put(&scene.source, true);
    scene.succeeds(&scene.at_registry());
    let journal = scene.destination.journal();
    let mut puts = journal.iter().filter(|it| it.method == Method::PUT);
    let last = puts.next_back().unwrap();
    assert!(last.path.ends_with("/manifests/v1"), "{}", last.path);
}

#[test]
fn what_is_listed_there_already_stays() {
    let signed = signed();
    let scene = Scene::between(with_api(), without_api());
    signed.put(&scene.source, true);
    let own = Image::referrer(&signed.image, "application/vnd.example.own").build();
    own.put(&scene.destination, NAME);
    list(&scene.destination, &signed.image, &own);
    // And one of ours as an old tool listed it: it is set right.
    list(&scene.destination, &signed.image, &signed.referrers[0].1);
    scene.succeeds(&scene.at_registry());
    signed.assert_in(&scene.destination, false);
    entry(&scene.destination, &signed.image, &own);
    assert_eq!(entries(&scene.destination, &signed.image).len(), 3);
}

#[test]
fn what_another_run_lists_between_our_look_and_our_write_stays() {
    let signed = signed();
    let registry = Registry::builder().without(Capability::Referrers);
    let scene = Scene::between(with_api(), registry.entity_tags().start());
    signed.put(&scene.source, true);
    let (image, destination) = (signed.image.clone(), scene.destination.clone());
    list(&destination, &image, &signed.referrers[0].1);
    let own = Image::referrer(&image, "application/vnd.example.own").build();
    own.put(&destination, NAME);
    let foreign = own.clone();
    scene
        .destination
        .on(Method::PUT, &format!("/manifests/{}", tag_of(&image)))
        .nth(1)
        .run(move || list(&destination, &image, &foreign));
    scene.succeeds(&scene.at_registry());
    signed.assert_in(&scene.destination, false);
    entry(&scene.destination, &signed.image, &own);
}

#[test]
fn a_registry_that_only_claims_the_api_gets_the_tag() {
    let signed = signed();
    let claims = Registry::builder()
        .without(Capability::Referrers)
        .claims_subject()
        .start();
    let scene = Scene::between(with_api(), claims);
    signed.put(&scene.source, true);
    scene.succeeds(&scene.at_registry());
    signed.assert_in(&scene.destination, false);
}

#[test]
fn one_that_cannot_be_read_or_written_fails_the_publish() {
    let signed = signed();
    let scene = Scene::between(without_api(), without_api());
    signed.put(&scene.source, false);
    let lost = signed.referrers[0].1.digest();
    scene.source.delete_manifest(NAME, &lost);
    let words = [
        "reading what refers to it",
        lost.as_str(),
        "referrers be false",
    ];
    scene.fails_saying(&scene.at_registry(), &words);

    let scene = Scene::between(with_api(), without_api());
    signed.put(&scene.source, true);
    let tag = tag_of(&signed.image);
    let path = format!("/manifests/{tag}");
    scene.destination.on(Method::PUT, &path).status(403);
    let (code, text) = scene.run(&scene.at_registry());
    assert_eq!(
        (code, scene.destination.tag(NAME, "v1")),
        (1, None),
        "{text}"
    );
    assert!(text.contains("listing what refers to"), "{text}");
}

#[test]
fn signatures_made_at_the_destination_are_not_written_over() {
    let signed = signed();
    let scene = Scene::between(with_api(), with_api());
    signed.put(&scene.source, true);
    let (tag, _) = &signed.tagged[0];
    let own = Image::new().seed(99).layers(1, 300);
    let own = own.push(&scene.destination, NAME, tag);
    scene.succeeds(&scene.at_registry());
    assert_eq!(scene.destination.tag(NAME, tag), Some(own.digest()));
    assert_eq!(
        scene.destination.tag(NAME, "v1"),
        Some(signed.image.digest())
    );
}

#[test]
fn a_check_finds_what_nobody_would_find_there() {
    for api in [true, false] {
        let to = if api { with_api() } else { without_api() };
        let signed = signed();
        let scene = Scene::between(with_api(), to);
        signed.put(&scene.source, true);
        scene.succeeds(&scene.at_registry());
        let scene = scene.with("MODE", "check");
        let (code, text) = scene.run(&scene.at_registry());
        assert_eq!(code, 0, "{text}");

        let (subject, referrer) = &signed.referrers[0];
        let (lost_tag, _) = &signed.tagged[0];
        let (own_tag, _) = &signed.tagged[1];
        scene.destination.delete_tag(NAME, lost_tag);
        let own = Image::new().seed(99).layers(1, 300).build();
        own.put(&scene.destination, NAME);
        scene.destination.set_tag(NAME, own_tag, &own.digest());
        if api {
            scene.destination.delete_manifest(NAME, &referrer.digest());
        } else {
            scene.destination.delete_tag(NAME, &tag_of(subject));
        }
        let (code, text) = scene.run(&scene.at_registry());
        assert_eq!(code, 3, "{text}");
        let unlisted = format!(
            "does not list {} as referring to {}",
            referrer.digest(),
            subject.digest()
        );
        assert!(text.contains(&unlisted), "{text}");
        let lacks = format!("lacks signatures under the tag {lost_tag}");
        assert!(text.contains(&lacks), "{text}");
        assert!(!text.contains(own_tag), "it has its own: {text}");
    }
}

#[test]
fn unwanted_they_are_not_asked_for() {
    let signed = signed();
    let scene = Scene::between(with_api(), with_api()).with("REFERRERS", "false");
    signed.put(&scene.source, true);
    scene.succeeds(&scene.at_registry());
    let asked = ["/referrers/", "/tags/list"];
    assert!(
        asked
            .iter()
            .all(|path| scene.source.count(&Method::GET, path) == 0)
    );
    assert_eq!(scene.destination.tags(NAME).len(), 1);
}

#[test]
fn a_second_run_does_not_look_for_them() {
    let signed = signed();
    let scene = Scene::between(with_api(), without_api());
    signed.put(&scene.source, true);
    scene.succeeds(&scene.at_registry());
    scene.source.clear_journal();
    scene.destination.clear_journal();
    scene.succeeds(&scene.at_registry());
    assert_eq!(
        (scene.source.requests(), scene.destination.requests()),
        (1, 1)
    );
}

#[test]
fn a_layout_brings_what_it_lists() {
    let signed = signed();
    let scene = Scene::new();
    let layout = scene.path("dist");
    fs::create_dir(&layout).unwrap();
    let referrers = signed.referrers.iter().map(|(_, it)| ("", it));
    let tagged = signed.tagged.iter().map(|(tag, it)| (tag.as_str(), it));
    let listed: Vec<_> = [("built", &signed.image)]
        .into_iter()
        .chain(referrers)
        .chain(tagged)
        .collect();
    write_layout(&layout, &listed);
    scene.succeeds("oci:dist:built");
    signed.assert_in(&scene.destination, true);
}
