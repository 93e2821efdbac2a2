//! A mirror of one image between registries of the test's own, run in this process.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use test_registry::image::{Built, Image, Index};
use test_registry::{Digest, Registry};
use truxe_registry_action::action::Runner;
use truxe_registry_action::context::World;
use truxe_registry_action::run::{Policy, run};

pub(crate) const NAME: &str = "owner/image";

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
pub(crate) struct Mirror {
    pub(crate) source: Registry,
    pub(crate) image: Built,
    pub(crate) destinations: Vec<Registry>,
    pub(crate) inputs: Vec<(String, String)>,
    outputs: tempfile::NamedTempFile,
    summary: tempfile::NamedTempFile,
}

impl Mirror {
    pub(crate) fn to(destinations: Vec<Registry>) -> Self {
        Self::from(Registry::start(), destinations)
    }

    pub(crate) fn from(source: Registry, destinations: Vec<Registry>) -> Self {
        let platforms = ["linux/amd64", "linux/arm64"];
        let images = platforms.map(|platform| Image::new().platform(platform).layers(3, 200_000));
        let image = Index::of(images).attested().push(&source, NAME, "built");
        Self::between(source, image, destinations)
    }

    /// Another image.
    pub(crate) fn of(image: &Image, destinations: Vec<Registry>) -> Self {
        let source = Registry::start();
        let image = image.push(&source, NAME, "built");
        Self::between(source, image, destinations)
    }

    fn between(source: Registry, image: Built, destinations: Vec<Registry>) -> Self {
        Self {
            source,
            image,
            destinations,
            inputs: Vec::new(),
            outputs: tempfile::NamedTempFile::new().unwrap(),
            summary: tempfile::NamedTempFile::new().unwrap(),
        }
    }

    pub(crate) fn to_open(count: usize) -> Self {
        Self::to((0..count).map(|_| Registry::start()).collect())
    }

    pub(crate) fn with(mut self, input: &str, value: &str) -> Self {
        self.inputs
            .push((format!("INPUT_{input}"), value.to_owned()));
        self
    }

    /// The run of a git ref.
    pub(crate) fn on(mut self, reference: &str) -> Self {
        self.inputs
            .push(("GITHUB_REF".to_owned(), reference.to_owned()));
        self
    }

    fn outputs_to(&self) -> Option<(String, String)> {
        let path = self.outputs.path().to_str()?.to_owned();
        Some(("GITHUB_OUTPUT".to_owned(), path))
    }

    /// The step summary of all runs.
    pub(crate) fn summary(&self) -> String {
        std::fs::read_to_string(self.summary.path()).unwrap()
    }

    /// An output of the last run.
    pub(crate) fn output(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.outputs.path()).unwrap();
        let (_, rest) = text.rsplit_once(&format!("{name}<<")).unwrap();
        let (mark, rest) = rest.split_once('\n').unwrap();
        let (value, _) = rest.split_once(&format!("{mark}\n")).unwrap();
        value.trim_end_matches('\n').to_owned()
    }

    /// The lines of an output, without the name that all images here share.
    pub(crate) fn places(&self, name: &str) -> Vec<String> {
        let output = self.output(name);
        let hosts = self
            .destinations
            .iter()
            .map(Registry::host)
            .collect::<Vec<_>>();
        let place = |line: &str| {
            let (host, tag) = line.split_once(&format!("/{NAME}:")).unwrap();
            let number = hosts.iter().position(|known| known == host).unwrap();
            format!("{number}:{tag}")
        };
        output.lines().map(place).collect()
    }

    /// Runs the program; its exit code and what it printed.
    pub(crate) fn run(&self) -> (u8, String) {
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
        env.extend(self.outputs_to());
        let summary = self.summary.path().to_str().unwrap().to_owned();
        env.push(("GITHUB_STEP_SUMMARY".to_owned(), summary));
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
    pub(crate) fn succeeds(&self) {
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
    pub(crate) fn fails_saying(&self, words: &[&str]) {
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

/// Another image that was there before, under both tags.
pub(crate) fn old_image(registry: &Registry) -> Digest {
    let old = Image::new()
        .seed(7)
        .layers(1, 1_000)
        .push(registry, NAME, "v1");
    registry.set_tag(NAME, "v1.2", &old.digest());
    old.digest()
}

/// Waits in milliseconds.
pub(crate) fn quick() -> Policy {
    Policy {
        answer: Duration::from_secs(5),
        stall: Duration::from_millis(500),
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        ..Policy::default()
    }
}

/// Says how many cases there were, past what a test's harness keeps to itself while tests pass.
pub(crate) fn tell(cases: &str) {
    let line = format!("{cases}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
