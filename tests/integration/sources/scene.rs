use std::io::{Result, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use test_registry::Registry;
use truxe_registry_action::action::Runner;
use truxe_registry_action::context::World;
use truxe_registry_action::run::{Policy, run};

pub(super) const NAME: &str = "owner/image";

/// A workspace, a source registry and a destination.
pub(super) struct Scene {
    workspace: TempDir,
    pub(super) source: Registry,
    pub(super) destination: Registry,
    inputs: Vec<(String, String)>,
}

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

impl Scene {
    pub(super) fn new() -> Self {
        Self::between(Registry::start(), Registry::start())
    }

    pub(super) fn between(source: Registry, destination: Registry) -> Self {
        Self {
            workspace: TempDir::new().unwrap(),
            source,
            destination,
            inputs: Vec::new(),
        }
    }

    pub(super) fn with(mut self, input: &str, value: &str) -> Self {
        self.inputs
            .push((format!("INPUT_{input}"), value.to_owned()));
        self
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }

    /// The tag `built` at the source registry.
    pub(super) fn at_registry(&self) -> String {
        format!("{}/{NAME}:built", self.source.host())
    }

    /// Runs the program; its exit code and what it printed.
    pub(super) fn run(&self, source: &str) -> (u8, String) {
        let folder = |path: &Path| path.display().to_string();
        let hosts = [self.source.host(), self.destination.host()];
        let mut env = vec![
            ("INPUT_SOURCE".to_owned(), source.to_owned()),
            ("INPUT_IMAGES".to_owned(), format!("{}/{NAME}", hosts[1])),
            ("INPUT_INSECURE-REGISTRIES".to_owned(), hosts.join("\n")),
            ("INPUT_TAGS".to_owned(), "type=raw,value=v1".to_owned()),
            ("INPUT_FLAVOR".to_owned(), "latest=false".to_owned()),
            ("GITHUB_WORKSPACE".to_owned(), folder(self.workspace.path())),
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
    pub(super) fn succeeds(&self, source: &str) -> String {
        let (code, text) = self.run(source);
        assert_eq!(code, 0, "{source}: {text}");
        text
    }

    #[track_caller]
    pub(super) fn fails_saying(&self, source: &str, words: &[&str]) {
        let (code, text) = self.run(source);
        assert_eq!(code, 1, "{source}: {text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text}");
        }
        assert!(self.destination.tags(NAME).is_empty(), "a tag moved");
    }
}

/// Waits in milliseconds.
fn quick() -> Policy {
    Policy {
        answer: Duration::from_secs(5),
        stall: Duration::from_millis(500),
        attempts: 3,
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        ..Policy::default()
    }
}
