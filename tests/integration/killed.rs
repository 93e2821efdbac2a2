//! The program itself, killed at every request of a publish to three registries under two tags.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use test_registry::image::{Built, Image};
use test_registry::{Digest, Method, Registry};

const NAME: &str = "owner/image";
const TAGS: [&str; 2] = ["v1", "v1.2"];

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

    fn program(&self) -> Command {
        let hosts: Vec<_> = self.destinations.iter().map(Registry::host).collect();
        let images: Vec<_> = hosts.iter().map(|host| format!("{host}/{NAME}")).collect();
        let source = self.source.host();
        let mut program = Command::new(env!("CARGO_BIN_EXE_truxe-registry-action"));
        program
            .env_clear()
            .env("INPUT_SOURCE", format!("{source}/{NAME}:built"))
            .env("INPUT_IMAGES", images.join("\n"))
            .env("INPUT_TAGS", TAGS.join("\n"))
            .env("INPUT_FLAVOR", "latest=false")
            .env(
                "INPUT_INSECURE-REGISTRIES",
                format!("{source}\n{}", hosts.join("\n")),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        program
    }

    fn registries(&self) -> impl Iterator<Item = &Registry> {
        std::iter::once(&self.source).chain(&self.destinations)
    }

    /// Runs the program and does something when the n-th of all its requests arrives; true if it came to that.
    fn run_until(&self, n: u64, strike: fn(&mut Child)) -> bool {
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let seen = Arc::new(AtomicU64::new(0));
        for registry in self.registries() {
            let (child, seen) = (Arc::clone(&child), Arc::clone(&seen));
            registry.on_any("/v2/").run(move || {
                if seen.fetch_add(1, Ordering::SeqCst) + 1 == n {
                    strike(child.lock().unwrap().as_mut().unwrap());
                }
            });
        }
        // Held until the child is there, so that no request comes before it.
        let mut held = child.lock().unwrap();
        *held = Some(self.program().spawn().unwrap());
        drop(held);
        let mut child = {
            wait_for(&child);
            child.lock().unwrap().take().unwrap()
        };
        child.wait().unwrap();
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
        assert!(self.program().status().unwrap().success(), "{case}");
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

/// A child that ends, by itself or not.
fn wait_for(child: &Mutex<Option<Child>>) {
    for _ in 0..4_000 {
        if child
            .lock()
            .unwrap()
            .as_mut()
            .unwrap()
            .try_wait()
            .unwrap()
            .is_some()
        {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the program does not end");
}

#[test]
fn killed_at_any_request_the_tags_are_old_or_new_and_the_next_run_heals() {
    let (mut deaths, mut old, mut new, mut between) = (0, 0, 0, 0);
    for n in 1.. {
        let scene = Scene::new();
        if !scene.run_until(n, |child| child.kill().unwrap()) {
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
        let interrupt = |child: &mut Child| {
            let sent = Command::new("kill")
                .args(["-s", "INT", &child.id().to_string()])
                .status();
            assert!(sent.unwrap().success());
        };
        if !scene.run_until(n, interrupt) {
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
