//! The program itself, killed at every request of a publish to three registries under two tags.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use test_registry::image::{Built, Image};
use test_registry::{Digest, Method, Registry};

use crate::runner::{Running, Step, signal};

const NAME: &str = "owner/image";
const TAGS: [&str; 2] = ["v1", "v1.2"];
/// Longer than it ever takes.
const LIMIT: Duration = Duration::from_mins(1);

struct Scene {
    source: Registry,
    destinations: Vec<Registry>,
    image: Built,
    old: Digest,
}

impl Scene {
    fn new() -> Self {
        let source = Registry::start();
        let image = Image::new().layers(2, 20_000).push(&source, NAME, "built");
        let destinations: Vec<_> = (0..3).map(|_| Registry::start()).collect();
        let old = Image::new().seed(7).layers(1, 1_000);
        for destination in &destinations {
            for tag in TAGS {
                old.push(destination, NAME, tag);
            }
        }
        let old = old.build().digest();
        Self {
            source,
            destinations,
            image,
            old,
        }
    }

    fn step(&self) -> Step {
        let hosts: Vec<_> = self.destinations.iter().map(Registry::host).collect();
        let images: Vec<_> = hosts.iter().map(|host| format!("{host}/{NAME}")).collect();
        let source = self.source.host();
        Step::by_hand()
            .input("source", &format!("{source}/{NAME}:built"))
            .input("images", &images.join("\n"))
            .input("tags", &TAGS.join("\n"))
            .input("flavor", "latest=false")
            .input(
                "insecure-registries",
                &format!("{source}\n{}", hosts.join("\n")),
            )
    }

    fn registries(&self) -> impl Iterator<Item = &Registry> {
        std::iter::once(&self.source).chain(&self.destinations)
    }

    /// Runs the program and sends it a signal when the n-th of all its requests arrives; true if it came to that.
    fn run_until(&self, n: u64, name: &'static str, end: fn(Running)) -> bool {
        let (process, seen) = (Arc::<OnceLock<u32>>::default(), Arc::new(AtomicU64::new(0)));
        for registry in self.registries() {
            let (process, seen) = (Arc::clone(&process), Arc::clone(&seen));
            registry.on_any("/v2/").run(move || {
                if seen.fetch_add(1, Ordering::SeqCst) + 1 == n {
                    signal(*process.wait(), name);
                }
            });
        }
        let running = self.step().start();
        process.set(running.id()).unwrap();
        end(running);
        // What the program had sent may still be carried out.
        std::thread::sleep(Duration::from_millis(5));
        self.registries().for_each(Registry::clear_rules);
        seen.load(Ordering::SeqCst) >= n
    }

    /// The tags of all destinations: true where new, false where old; nothing else is possible.
    fn new_tags(&self) -> Vec<bool> {
        let tags = self
            .destinations
            .iter()
            .flat_map(|registry| TAGS.map(|tag| registry.tag(NAME, tag)));
        let is_new = |tag: Option<Digest>| {
            let tag = tag.unwrap();
            assert!(tag == self.old || tag == self.image.digest());
            tag == self.image.digest()
        };
        tags.map(is_new).collect()
    }

    fn is_moving(&self) -> bool {
        let journals = self.destinations.iter().flat_map(Registry::journal);
        let mut puts = journals.filter(|it| it.method == Method::PUT);
        puts.any(|it| {
            TAGS.iter()
                .any(|tag| it.path.ends_with(&format!("/manifests/{tag}")))
        })
    }

    /// Runs it once more, undisturbed: it ends right and sends nothing that is there.
    fn heals(&self, case: &str) {
        let held: Vec<_> = self.destinations.iter().map(|it| it.blobs(NAME)).collect();
        self.destinations.iter().for_each(Registry::clear_journal);
        self.step().run().ended_with(0);
        assert!(self.new_tags().iter().all(|new| *new), "{case}");
        for (destination, held) in self.destinations.iter().zip(held) {
            self.image.assert_in(destination, NAME);
            let puts = destination.count(Method::PUT, "/blobs/uploads/");
            let missing = self
                .image
                .blobs
                .iter()
                .filter(|blob| !held.contains(&blob.descriptor.digest));
            assert_eq!(
                puts,
                missing.count(),
                "{case}: {}",
                destination.transcript()
            );
        }
    }
}

#[test]
fn killed_at_any_request_the_tags_are_old_or_new_and_the_next_run_heals() {
    let (mut deaths, mut old, mut new, mut between) = (0, 0, 0, 0);
    for n in 1.. {
        let scene = Scene::new();
        if !scene.run_until(n, "KILL", |running| running.died(LIMIT)) {
            break;
        }
        let tags = scene.new_tags();
        match tags.iter().filter(|new| **new).count() {
            0 => old += 1,
            count if count == tags.len() => new += 1,
            _ => {
                assert!(scene.is_moving(), "request {n}: {tags:?}");
                between += 1;
            }
        }
        deaths += 1;
        scene.heals(&format!("killed at request {n}"));
    }
    assert!(deaths > 40 && old > 20 && new > 0, "{deaths} {old} {new}");
    println!("killed {deaths} times: all tags old {old}, all new {new}, inside the move {between}");
}

#[test]
fn interrupted_at_any_request_the_tags_are_all_old_or_all_new() {
    let mut deaths = 0;
    for n in 1.. {
        let scene = Scene::new();
        if !scene.run_until(n, "INT", |running| drop(running.wait(LIMIT))) {
            break;
        }
        let tags = scene.new_tags();
        let count = tags.iter().filter(|new| **new).count();
        assert!(
            count == 0 || count == tags.len(),
            "interrupted at request {n}: {tags:?}"
        );
        deaths += 1;
    }
    println!("interrupted {deaths} times: all tags old or all new");
}
