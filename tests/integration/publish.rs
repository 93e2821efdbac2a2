//! The whole way over real HTTP: what arrives, in which order, with how many requests, and what is survived.

use test_registry::{Exchange, Method, Registry, Right};

use crate::mirror::{Mirror, NAME};

fn is_put(exchange: &Exchange, part: &str) -> bool {
    exchange.method == Method::PUT && exchange.path.contains(part)
}

#[test]
fn every_source_blob_is_read_once_however_many_destinations() {
    for count in [1, 3, 10] {
        let mirror = Mirror::to_open(count);
        mirror.succeeds();
        for blob in &mirror.image.blobs {
            assert_eq!(mirror.source.blob_reads(&blob.descriptor.digest), 1);
        }
    }
}

#[test]
fn no_tag_moves_before_every_manifest_is_everywhere() {
    let mirror = Mirror::to_open(3);
    mirror.succeeds();
    let journals = mirror.destinations.iter().flat_map(Registry::journal);
    let (mut last_manifest, mut first_tag) = (0, u64::MAX);
    for exchange in journals.filter(|exchange| is_put(exchange, "/manifests/")) {
        if exchange.path.contains("/manifests/sha256:") {
            last_manifest = last_manifest.max(exchange.sequence);
        } else {
            first_tag = first_tag.min(exchange.sequence);
        }
    }
    assert!(0 < last_manifest && last_manifest < first_tag && first_tag < u64::MAX);
}

#[test]
fn a_second_run_asks_once_for_the_image_and_once_for_each_tag() {
    let mirror = Mirror::to_open(3);
    mirror.succeeds();
    mirror.source.clear_journal();
    mirror.destinations.iter().for_each(Registry::clear_journal);
    mirror.succeeds();
    assert_eq!(
        mirror.source.requests(),
        1,
        "{}",
        mirror.source.transcript()
    );
    for destination in &mirror.destinations {
        assert_eq!(destination.requests(), 2, "{}", destination.transcript());
        assert_eq!(destination.count(&Method::HEAD, "/manifests/v1"), 2);
    }
}

#[test]
fn what_is_there_is_not_sent_again() {
    let mirror = Mirror::to_open(1);
    let there = &mirror.image.blobs[1];
    mirror.destinations[0].put_blob(NAME, there.content.clone());
    mirror.succeeds();
    let sent = mirror.destinations[0]
        .journal()
        .into_iter()
        .filter(|it| is_put(it, "/blobs/uploads/"));
    assert_eq!(sent.count(), mirror.image.blobs.len() - 1);
    assert_eq!(mirror.source.blob_reads(&there.descriptor.digest), 0);
}

#[test]
fn a_dry_run_only_looks() {
    let mirror = Mirror::to_open(2).with("MODE", "dry-run");
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    let journals = mirror.destinations.iter().flat_map(Registry::journal);
    assert!(
        journals
            .into_iter()
            .all(|exchange| exchange.method == Method::HEAD)
    );
}

#[test]
fn a_wrong_password_for_the_second_registry_is_found_before_a_byte_is_read() {
    let locked = Registry::builder().basic("octocat", "right").start();
    let auth = format!(
        "- registry: {}\n  username: octocat\n  password: wrong-password\n",
        locked.host()
    );
    let mirror = Mirror::to(vec![Registry::start(), locked]).with("REGISTRY-AUTH", &auth);
    let second = mirror.destinations[1].host();
    mirror.fails_saying(&[&second, "registry-auth", "401"]);
    assert_eq!(mirror.source.count(&Method::GET, "/blobs/"), 0);
    assert_eq!(mirror.destinations[0].count(&Method::PUT, "/"), 0);
}

#[test]
fn trouble_that_passes_is_survived_whatever_request_it_hits() {
    let requests = [
        (Method::HEAD, "/manifests/"),
        (Method::HEAD, "/blobs/"),
        (Method::POST, "/blobs/uploads/"),
        (Method::PUT, "/blobs/uploads/"),
        (Method::PUT, "/manifests/sha256"),
        (Method::PUT, "/manifests/v1"),
    ];
    for (method, path) in requests {
        for fault in ["503", "429", "close", "lost answer", "cut"] {
            let mirror = Mirror::to_open(2);
            let rule = mirror.destinations[1].on(method.clone(), path).nth(1);
            match fault {
                "503" => rule.status(503),
                "429" => rule.status(429).retry_after(0),
                "close" => rule.close(),
                "lost answer" => rule.apply_then_close(),
                _ => rule.cut_request_at(1),
            };
            mirror.succeeds();
        }
    }
}

#[test]
fn a_source_that_breaks_off_is_read_on_from_there() {
    let mirror = Mirror::to_open(2);
    mirror
        .source
        .on(Method::GET, "/blobs/")
        .times(4)
        .cut_body_at(50_000);
    mirror.succeeds();
}

#[test]
fn spoiled_bytes_move_no_tag() {
    let mirror = Mirror::to_open(2);
    mirror.source.on(Method::GET, "/blobs/").corrupt_body();
    mirror.fails_saying(&["source", "hash to"]);
}

#[test]
fn a_full_disk_is_named() {
    let full = Registry::builder()
        .quota(1_000, test_registry::Full::DiskFull)
        .start();
    Mirror::to(vec![full]).fails_saying(&["destination", "is full"]);
}

/// It lacks no blob, so no upload would show that it lets nobody write; and a new tag elsewhere may be there to stay.
#[test]
fn a_registry_that_has_the_image_and_may_not_be_written_to_stops_all_before_a_tag_moves() {
    let read_only = Registry::builder()
        .user("bot", "secret")
        .grant("bot", NAME, &[Right::Pull])
        .basic("bot", "secret")
        .start();
    let others = [Registry::start(), Registry::start()];
    let entry = format!(
        "- {{registry: '{}', username: bot, password: secret}}",
        read_only.host()
    );
    let all = others.iter().chain([&read_only]).cloned().collect();
    let mirror = Mirror::to(all).with("REGISTRY-AUTH", &entry);
    mirror.image.put(&read_only, NAME);

    mirror.fails_saying(&[
        &format!(
            "destination {}/{NAME}: opening an upload: ",
            read_only.host()
        ),
        "may push to it",
    ]);

    let blobs = Registry::journals(&others)
        .into_iter()
        .filter(|it| it.request_bytes > 0);
    assert_eq!(blobs.count(), 0, "a byte was sent");
    for registry in &others {
        assert_eq!(registry.count(Method::PUT, "/manifests/"), 0);
        assert_eq!(registry.open_uploads(), 0);
    }
}

#[test]
fn what_was_sent_and_what_was_there_adds_up_to_the_image() {
    let mirror = Mirror::to_open(2);
    mirror.image.put(&mirror.destinations[0], NAME);
    let (code, text) = mirror.run();
    assert_eq!(code, 0, "{text}");
    let receipt: serde_json::Value = serde_json::from_str(&mirror.output("receipt")).unwrap();
    let blobs: u64 = mirror
        .image
        .blobs
        .iter()
        .map(|blob| blob.descriptor.size)
        .sum();
    let found = |at: usize| receipt["destinations"][at]["bytesFound"].as_u64().unwrap();
    assert_eq!((found(0), found(1)), (blobs, 0), "{text}");
    for (destination, words) in mirror
        .destinations
        .iter()
        .zip(["sent, 1.2 MB were there", "sent, 0 B were there"])
    {
        let line = format!("{}/{NAME} holds all of it: ", destination.host());
        let line = text.lines().find(|text| text.starts_with(&line));
        assert!(line.is_some_and(|line| line.ends_with(words)), "{text}");
    }
    assert_eq!(mirror.destinations[0].open_uploads(), 0);
}
