//! The program itself, killed at every request: of a publish to three registries under two tags, and of a signed index.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use test_registry::image::{Built, Image, Index};
use test_registry::{Capability, Digest, Method, Registry};

use crate::mirror::tell;
use crate::runner::{Running, Step, signal};

const NAME: &str = "owner/image";
const TAGS: [&str; 2] = ["v1", "v1.2"];
/// Longer than it ever takes.
const LIMIT: Duration = Duration::from_mins(1);
/// Programs that are killed at once: most of the time each of them waits.
const WORKERS: usize = 4;

struct Scene {
    source: Registry,
    destinations: Vec<Registry>,
    image: Built,
    /// What refers to the image.
    referrers: Vec<Built>,
    publish: &'static str,
    old: Digest,
}

impl Scene {
    /// One image, for three registries.
    fn plain() -> Self {
        let source = Registry::start();
        let image = Image::new().layers(2, 20_000).push(&source, NAME, "built");
        let destinations = (0..3).map(|_| Registry::start()).collect();
        Self::new(source, destinations, image, Vec::new(), "together")
    }

    /// A signed index with an SBOM of its child, for a registry that lists referrers and one that has no API for that.
    fn signed(publish: &'static str) -> Self {
        let source = Registry::start();
        let index = Index::of([Image::new().layers(1, 20_000)]).push(&source, NAME, "built");
        let child = Built {
            manifests: vec![index.manifests[0].clone()],
            blobs: Vec::new(),
        };
        let refer = |to, what| Image::referrer(to, what).push_untagged(&source, NAME);
        let referrers = vec![
            refer(&index, "application/vnd.example.signature"),
            refer(&child, "application/spdx+json"),
        ];
        let without = Registry::builder().without(Capability::Referrers).start();
        let destinations = vec![Registry::start(), without];
        Self::new(source, destinations, index, referrers, publish)
    }

    fn new(
        source: Registry,
        destinations: Vec<Registry>,
        image: Built,
        referrers: Vec<Built>,
        publish: &'static str,
    ) -> Self {
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
            referrers,
            publish,
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
            .input("publish", self.publish)
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

    /// Where a tag is new, everything is that it leads to, and what refers to it is found.
    fn is_whole_where_new(&self, case: &str) {
        for destination in &self.destinations {
            let is_new = |tag: &str| destination.tag(NAME, tag) == Some(self.image.digest());
            if !TAGS.into_iter().any(is_new) {
                continue;
            }
            self.image.assert_in(destination, NAME);
            for referrer in &self.referrers {
                referrer.assert_in(destination, NAME);
                let json = serde_json::from_slice::<serde_json::Value>(&referrer.root().bytes);
                let subject = json.unwrap()["subject"]["digest"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                let list = destination.manifest(NAME, &subject.replace(':', "-"));
                let has_api = destination.host() == self.destinations[0].host();
                let listed = |(_, bytes): (String, bytes::Bytes)| {
                    String::from_utf8_lossy(&bytes).contains(referrer.digest().as_str())
                };
                assert!(
                    has_api || list.is_some_and(listed),
                    "{case}: {referrer:?} is not found"
                );
            }
        }
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
        self.is_whole_where_new(case);
        for (destination, held) in self.destinations.iter().zip(held) {
            self.image.assert_in(destination, NAME);
            let puts = destination.count(Method::PUT, "/blobs/uploads/");
            let all = std::iter::once(&self.image).chain(&self.referrers);
            let blobs: BTreeMap<_, _> = all
                .flat_map(|image| &image.blobs)
                .map(|blob| (blob.descriptor.digest.clone(), blob))
                .collect();
            let missing = blobs
                .values()
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

/// Does something at the first request, at the second, and so on until there is no such request.
fn at_every_request<T: Send>(strike: impl Fn(u64) -> Option<T> + Sync) -> Vec<T> {
    let next = AtomicU64::new(1);
    let work = || {
        let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::SeqCst)));
        numbers.map_while(&strike).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let workers = [(); WORKERS].map(|()| scope.spawn(work));
        workers
            .into_iter()
            .flat_map(|it| it.join().unwrap())
            .collect()
    })
}

/// Kills it at every request and lets another run heal that; how often all tags were old, all new, or some of each.
fn kill_everywhere(scene: impl Fn() -> Scene + Sync) -> String {
    let found = at_every_request(|n| {
        let (scene, case) = (scene(), format!("killed at request {n}"));
        if !scene.run_until(n, "KILL", |running| running.died(LIMIT)) {
            return None;
        }
        let tags = scene.new_tags();
        let new = tags.iter().filter(|new| **new).count();
        let mixed = new > 0 && new < tags.len();
        assert!(!mixed || scene.is_moving(), "{case}: {tags:?}");
        scene.is_whole_where_new(&case);
        scene.heals(&case);
        Some((new > 0, mixed))
    });
    let count = |kind| found.iter().filter(|it| **it == kind).count();
    let [old, new, between] = [(false, false), (true, false), (true, true)].map(count);
    assert!(found.len() > 40 && old > 20 && new > 0, "{old} {new}");
    format!(
        "killed {} times: all tags old {old}, all new {new}, inside the move {between}",
        found.len()
    )
}

#[test]
fn killed_at_any_request_the_tags_are_old_or_new_and_the_next_run_heals() {
    tell(&kill_everywhere(Scene::plain));
}

#[test]
fn killed_at_any_request_no_tag_leads_to_an_image_without_its_signatures() {
    tell(&format!(
        "signed: {}",
        kill_everywhere(|| Scene::signed("independently"))
    ));
}

#[test]
fn interrupted_at_any_request_the_tags_are_all_old_or_all_new() {
    for make in [Scene::plain, || Scene::signed("together")] {
        let deaths = at_every_request(|n| {
            let (scene, case) = (make(), format!("interrupted at request {n}"));
            if !scene.run_until(n, "INT", |running| drop(running.wait(LIMIT))) {
                return None;
            }
            let tags = scene.new_tags();
            let count = tags.iter().filter(|new| **new).count();
            assert!(count == 0 || count == tags.len(), "{case}: {tags:?}");
            scene.is_whole_where_new(&case);
            Some(())
        });
        tell(&format!(
            "interrupted {} times: all tags old or all new",
            deaths.len()
        ));
    }
}
