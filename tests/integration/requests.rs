//! What a copy costs to the last request, and in memory: counted by the registries, and by the kernel.

use std::fs::read_to_string;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use test_registry::image::{Image, Index};
use test_registry::{Capability, Method, Registry};

const NAME: &str = "owner/image";
/// Two layers and a config for each of two platforms, and a layer that they share.
const BLOBS: usize = 7;
const MANIFESTS: usize = 3;
/// A HEAD of the tag, and one of the image.
const LOOK: usize = 2;
/// A PUT of the tag, and a HEAD that confirms it.
const MOVE: usize = 2;
/// A HEAD of a tag that was there and may have moved meanwhile.
const LOOK_AGAIN: usize = 1;
/// One question for each manifest what refers to it, and one for all tags.
const REFERRERS: usize = MANIFESTS + 1;
/// The POST that asks if this registry finds what is there.
const LEARN: usize = 1;

fn push(source: &Registry, shared_layer: u64) {
    let images = ["linux/amd64", "linux/arm64"].map(|platform| {
        let image = Image::new().platform(platform).layers(2, 20_000);
        image.shared_layer(shared_layer, 20_000)
    });
    Index::of(images).push(source, NAME, "built");
}

fn open(count: usize) -> Vec<Registry> {
    (0..count).map(|_| Registry::start()).collect()
}

fn start(source: &Registry, destinations: &[Registry]) -> Child {
    let hosts: Vec<_> = destinations.iter().map(Registry::host).collect();
    let images: Vec<_> = hosts.iter().map(|host| format!("{host}/{NAME}")).collect();
    let insecure = format!("{}\n{}", source.host(), hosts.join("\n"));
    start_to(source, &images, &insecure)
}

fn start_to(source: &Registry, images: &[String], insecure: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"))
        .env_clear()
        .env("INPUT_SOURCE", format!("{}/{NAME}:built", source.host()))
        .env("INPUT_IMAGES", images.join("\n"))
        .env("INPUT_TAGS", "type=raw,value=v1")
        .env("INPUT_FLAVOR", "latest=false")
        .env("INPUT_INSECURE-REGISTRIES", insecure)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Copies, and forgets what was asked before.
#[track_caller]
fn copy(source: &Registry, destinations: &[Registry]) {
    source.clear_journal();
    destinations.iter().for_each(Registry::clear_journal);
    assert!(start(source, destinations).wait().unwrap().success());
}

#[track_caller]
fn assert_requests(registry: &Registry, count: usize) {
    assert_eq!(registry.requests(), count, "{}", registry.transcript());
}

#[test]
fn a_first_copy_posts_and_puts_each_blob_and_reads_it_once() {
    for count in [1, 3, 10] {
        let (source, destinations) = (Registry::start(), open(count));
        push(&source, 1);
        copy(&source, &destinations);
        assert_requests(&source, 1 + MANIFESTS + REFERRERS + BLOBS);
        for destination in &destinations {
            assert_requests(destination, LOOK + LEARN + 2 * BLOBS + MANIFESTS + MOVE);
        }
    }
}

#[test]
fn a_second_copy_asks_once_for_the_image_and_once_for_the_tag() {
    for count in [1, 3, 10] {
        let (source, destinations) = (Registry::start(), open(count));
        push(&source, 1);
        copy(&source, &destinations);
        copy(&source, &destinations);
        assert_requests(&source, 1);
        for destination in &destinations {
            assert_requests(destination, 1);
        }
    }
}

#[test]
fn a_changed_layer_costs_its_own_upload_and_a_question_for_every_other_blob() {
    for count in [1, 3, 10] {
        let (source, destinations) = (Registry::start(), open(count));
        push(&source, 1);
        copy(&source, &destinations);
        push(&source, 2);
        copy(&source, &destinations);
        // The layer, and the configs that name it.
        let changed = 3;
        assert_requests(&source, 1 + MANIFESTS + REFERRERS + changed);
        let children = MANIFESTS - 1;
        for destination in &destinations {
            let blobs = LEARN + BLOBS + changed;
            assert_requests(
                destination,
                LOOK + children + blobs + MANIFESTS + LOOK_AGAIN + MOVE,
            );
        }
    }
}

#[test]
fn a_registry_that_mounts_nothing_is_asked_for_each_blob() {
    for count in [1, 3, 10] {
        let without = || Registry::builder().without(Capability::Mount).start();
        let (source, destinations) = (Registry::start(), (0..count).map(|_| without()));
        let destinations: Vec<_> = destinations.collect();
        push(&source, 1);
        copy(&source, &destinations);
        assert_requests(&source, 1 + MANIFESTS + REFERRERS + BLOBS);
        for destination in &destinations {
            // The first blob is not asked for, and the session that the one attempt to mount opened serves another.
            assert_requests(destination, LOOK + 3 * BLOBS - 1 + MANIFESTS + MOVE);
            assert_eq!(destination.open_uploads(), 0);
        }
    }
}

#[test]
fn a_second_repository_of_a_registry_mounts_what_the_first_one_got() {
    for (takes_mounts, registry) in [
        (true, Registry::builder()),
        (false, Registry::builder().without(Capability::Mount)),
    ] {
        let (source, both) = (Registry::start(), registry.start());
        push(&source, 1);
        let images = [NAME, "owner/copy"].map(|name| format!("{}/{name}", both.host()));
        let insecure = format!("{}\n{}", source.host(), both.host());
        assert!(
            start_to(&source, &images, &insecure)
                .wait()
                .unwrap()
                .success()
        );
        assert_requests(
            &source,
            1 + MANIFESTS + REFERRERS + BLOBS + usize::from(!takes_mounts),
        );
        let once = 2 * (LOOK + MANIFESTS + MOVE) + LEARN;
        if takes_mounts {
            // The first blob is sent to both at once, each other to one.
            assert_requests(&both, once + 2 * BLOBS + 2 + (BLOBS - 1));
        } else {
            // Sessions that refused mounts opened serve other blobs; the first one at each is not asked for.
            assert_requests(&both, once + 2 * (3 * BLOBS - 1) - LEARN);
            assert_eq!(both.open_uploads(), 0);
        }
        assert_eq!(both.tag("owner/copy", "v1"), both.tag(NAME, "v1"));
    }
}

#[test]
fn twenty_cuts_cost_no_byte_twice() {
    let (source, destinations) = (Registry::start(), open(2));
    Image::new()
        .layers(1, 4_000_000)
        .push(&source, NAME, "built");
    let cuts = source
        .on(Method::GET, "/blobs/")
        .times(20)
        .cut_body_at(190_000);
    copy(&source, &destinations);
    assert_eq!(cuts.struck(), 20);
    let sent: u64 = source.journal().iter().map(|it| it.response_bytes).sum();
    assert!(sent <= 4_400_000, "{sent} bytes were read");
}

/// The most memory a process ever had, in kilobytes; it is asked for as long as it lives.
fn peak(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = number.unwrap_or(peak);
        sleep(Duration::from_millis(10));
    }
    assert!(child.wait().unwrap().success());
    peak
}

/// What the program takes at most, in kilobytes, whatever it carries and to how many.
const MEMORY: u64 = 32_000;

/// The most memory it took to carry so many layers to so many registries that throw them away.
fn peak_of(layers: u64, size: u64, count: usize) -> u64 {
    let discard = || Registry::builder().keep_blobs(false).start();
    let (source, destinations) = (Registry::start(), (0..count).map(|_| discard()));
    let destinations: Vec<_> = destinations.collect();
    Image::new()
        .layers(layers, size)
        .push(&source, NAME, "built");
    peak(start(&source, &destinations))
}

#[test]
fn memory_does_not_grow_with_the_image_or_the_destinations() {
    for count in [1, 10] {
        let peak = peak_of(3, 100_000_000, count);
        assert!(peak < MEMORY, "{peak} kB to {count}");
    }
}

#[test]
#[ignore = "moves 22 GB: tests/all runs it"]
fn two_gigabytes_to_ten_registries_take_the_same_memory() {
    for count in [1, 10] {
        let peak = peak_of(1, 2_000_000_000, count);
        assert!(peak < MEMORY, "{peak} kB to {count}");
    }
}

#[test]
#[ignore = "moves 4 GB: tests/all runs it"]
fn twenty_cuts_in_two_gigabytes_cost_a_tenth_at_most() {
    const SIZE: u64 = 2_000_000_000;
    let source = Registry::start();
    let destinations = [Registry::builder().keep_blobs(false).start()];
    Image::new().layers(1, SIZE).push(&source, NAME, "built");
    let cuts = source.on(Method::GET, "/blobs/");
    let cuts = cuts.times(20).cut_body_at(90_000_000);
    copy(&source, &destinations);
    assert_eq!(cuts.struck(), 20);
    let sent: u64 = source.journal().iter().map(|it| it.response_bytes).sum();
    assert!(sent <= SIZE / 10 * 11, "{sent} bytes were read");
}

#[test]
fn a_slow_destination_does_not_hold_up_the_others() {
    const LAYERS: u64 = 12;
    const LAYER: u64 = 10_000_000;
    let line = |rate| Registry::builder().rate(rate).start();
    let (source, fast) = (Registry::start(), [line(40_000_000), line(40_000_000)]);
    let slow = line(1_000_000);
    let image = Image::new().layers(LAYERS, LAYER);
    let root = image.push(&source, NAME, "built").digest().to_string();
    let holds = |registry: &Registry| registry.manifest(NAME, &root).is_some();
    let [one, other] = fast;
    let destinations = [one, other, slow];
    let mut child = start(&source, &destinations);
    while !destinations[..2].iter().all(holds) {
        assert!(child.try_wait().unwrap().is_none(), "it ended without");
        sleep(Duration::from_millis(10));
    }
    let journal = destinations[2].journal();
    let taken: u64 = journal.iter().map(|it| it.request_bytes).sum();
    assert!(taken < LAYERS * LAYER / 2, "the slow one has {taken} bytes");
    child.kill().unwrap();
    child.wait().unwrap();
}
