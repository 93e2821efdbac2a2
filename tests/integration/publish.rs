//! The whole way over real HTTP: what arrives, in which order, with how many requests, and what is survived.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use test_registry::image::{Built, Image, Index};
use test_registry::{Dialect, Exchange, Method, Registry};
use truxe_registry_action::action::Runner;
use truxe_registry_action::context::World;
use truxe_registry_action::run::{Policy, run};

const NAME: &str = "owner/image";

/// Collects what the runner is told.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// An index of two platforms, and where it goes.
struct Mirror {
    source: Registry,
    image: Built,
    destinations: Vec<Registry>,
    inputs: Vec<(String, String)>,
}

impl Mirror {
    fn to(destinations: Vec<Registry>) -> Self {
        let source = Registry::start();
        let platforms = ["linux/amd64", "linux/arm64"];
        let images = platforms.map(|platform| Image::new().platform(platform).layers(3, 200_000));
        let image = Index::of(images).attested().push(&source, NAME, "built");
        Self {
            source,
            image,
            destinations,
            inputs: Vec::new(),
        }
    }

    fn to_open(count: usize) -> Self {
        Self::to((0..count).map(|_| Registry::start()).collect())
    }

    fn with(mut self, input: &str, value: &str) -> Self {
        self.inputs
            .push((format!("INPUT_{input}"), value.to_owned()));
        self
    }

    /// Runs the program; its exit code and what it printed.
    fn run(&self) -> (u8, String) {
        let hosts: Vec<_> = self.destinations.iter().map(Registry::host).collect();
        let images: Vec<_> = hosts.iter().map(|host| format!("{host}/{NAME}")).collect();
        let insecure = format!("{}\n{}", self.source.host(), hosts.join("\n"));
        let mut env = vec![
            (
                "INPUT_SOURCE".to_owned(),
                format!("{}/{NAME}:built", self.source.host()),
            ),
            ("INPUT_IMAGES".to_owned(), images.join("\n")),
            ("INPUT_INSECURE-REGISTRIES".to_owned(), insecure),
            (
                "INPUT_TAGS".to_owned(),
                "type=raw,value=v1\ntype=raw,value=v1.2".to_owned(),
            ),
            ("INPUT_FLAVOR".to_owned(), "latest=false".to_owned()),
        ];
        env.extend(self.inputs.clone());
        let world = World {
            env: env.into_iter().collect(),
            event: serde_json::Value::Null,
            docker_config: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        let log = Log::default();
        let runner = Arc::new(Runner::with_output(&world, Box::new(log.clone())));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let code = runtime.block_on(run(&world, quick(), runner));
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        (code, text)
    }

    #[track_caller]
    fn succeeds(&self) {
        let (code, text) = self.run();
        assert_eq!(code, 0, "{text}");
        for destination in &self.destinations {
            self.image.assert_in(destination, NAME);
            for tag in ["v1", "v1.2"] {
                assert_eq!(destination.tag(NAME, tag), Some(self.image.digest()));
            }
        }
    }

    #[track_caller]
    fn fails_saying(&self, words: &[&str]) {
        let (code, text) = self.run();
        assert_eq!(code, 1, "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text}");
        }
        for destination in &self.destinations {
            assert!(destination.tags(NAME).is_empty(), "a tag moved");
        }
    }
}

/// Waits in milliseconds.
fn quick() -> Policy {
    Policy {
        answer: Duration::from_secs(5),
        stall: Duration::from_millis(500),
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        ..Policy::default()
    }
}

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

/// A registry with a token server, and the input that logs in there.
fn with_tokens(builder: test_registry::Builder<'_>) -> (Registry, String) {
    let registry = builder
        .tokens(Dialect::distribution())
        .user("octocat", "s3cret-word")
        .start();
    let host = registry.host();
    (
        registry,
        format!("- registry: {host}\n  username: octocat\n  password: s3cret-word\n"),
    )
}

#[test]
fn one_token_serves_a_whole_destination() {
    let (registry, auth) = with_tokens(Registry::builder());
    let mirror = Mirror::to(vec![registry]).with("REGISTRY-AUTH", &auth);
    mirror.succeeds();
    assert_eq!(mirror.destinations[0].count(&Method::GET, "/token"), 1);
}

#[test]
fn a_token_that_ends_midway_is_replaced() {
    let (registry, auth) = with_tokens(Registry::builder());
    for path in ["/blobs/uploads/", "/manifests/"] {
        let revoked = registry.clone();
        registry
            .on(Method::PUT, path)
            .nth(2)
            .run(move || revoked.revoke_tokens());
    }
    let mirror = Mirror::to(vec![registry]).with("REGISTRY-AUTH", &auth);
    mirror.succeeds();
    assert!(mirror.destinations[0].count(&Method::GET, "/token") > 1);
}

#[test]
fn uploads_to_another_origin_go_there_without_our_login() {
    let (registry, auth) = with_tokens(Registry::builder().foreign_upload_location());
    Mirror::to(vec![registry])
        .with("REGISTRY-AUTH", &auth)
        .succeeds();
}

#[test]
fn blobs_at_another_origin_are_read_without_our_login() {
    let mut mirror = Mirror::to_open(1);
    let (source, auth) = with_tokens(Registry::builder().redirect_blobs());
    mirror.image.put(&source, NAME);
    source.set_tag(NAME, "built", &mirror.image.digest());
    mirror.source = source;
    mirror.with("REGISTRY-AUTH", &auth).succeeds();
}
