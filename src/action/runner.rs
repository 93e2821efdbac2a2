use std::io::{Write, stdout};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::command::{self, END_GROUP, Level};
use super::defuse;
use crate::context::World;

/// The title of our annotations: the summary page of a run shows them without the step they are from.
const TITLE: &str = "truxe-registry-action";

/// The runner that started us, and the one way to tell it something.
pub struct Runner {
    console: Mutex<Console>,
    /// Whether somebody takes the commands out of what we print.
    listens: bool,
    /// `GITHUB_OUTPUT`; unset in a local run.
    pub(super) output_file: Option<PathBuf>,
    /// `GITHUB_ENV`, where the steps that follow are to see the outputs as variables too.
    pub(super) env_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`; unset in a local run.
    pub(super) summary_file: Option<PathBuf>,
}

/// Standard output, and the group that is open in it.
struct Console {
    out: Box<dyn Write + Send>,
    open: Option<u64>,
    opened: u64,
}

/// A group in the log; it ends when this is dropped, however that comes about.
#[must_use = "the group ends when this is dropped"]
pub struct Group<'a> {
    runner: &'a Runner,
    number: u64,
}

impl Runner {
    /// The runner of this world, told through standard output.
    pub fn new(world: &World) -> Self {
        Self::with_output(world, Box::new(stdout()))
    }

    /// The runner of this world, told through something else.
    pub fn with_output(world: &World, out: Box<dyn Write + Send>) -> Self {
        let console = Console {
            out,
            open: None,
            opened: 0,
        };
        Self {
            console: Mutex::new(console),
            listens: world.variable("GITHUB_ACTIONS") == Some("true"),
            output_file: world.variable("GITHUB_OUTPUT").map(PathBuf::from),
            env_file: env_file(world),
            summary_file: world.variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
        }
    }

    /// Hides a secret in everything the job prints from here on.
    ///
    /// In a local run the command would only show what it is to hide.
    pub fn mask(&self, secret: &SecretString) {
        let text = secret.expose_secret();
        if self.listens && !text.trim().is_empty() {
            self.console().write_line(&command::mask(text));
        }
    }

    /// Hides secrets in everything the job prints from here on.
    pub fn mask_all<'a>(&self, secrets: impl IntoIterator<Item = &'a SecretString>) {
        for secret in secrets {
            self.mask(secret);
        }
    }

    /// Opens a group in the log, and ends the one that is open: groups don't nest.
    pub fn group(&self, title: &str) -> Group<'_> {
        let mut console = self.console();
        console.end_group();
        console.write_line(&command::group(title));
        console.opened += 1;
        console.open = Some(console.opened);
        Group {
            runner: self,
            number: console.opened,
        }
    }

    /// Prints text as it is, but for what the runner would take for commands.
    pub fn print(&self, text: &str) {
        let mut console = self.console();
        for line in defuse::lines(text) {
            console.write_line(&line);
        }
    }

    /// An error annotation; the group that is open ends, as what is in a closed group is easily missed.
    pub fn error(&self, message: &str) {
        self.annotate(Level::Error, message);
    }

    /// A warning annotation.
    pub fn warning(&self, message: &str) {
        self.annotate(Level::Warning, message);
    }

    fn annotate(&self, level: Level, message: &str) {
        if message.len() > command::MAX_MESSAGE {
            self.print(message);
        }
        let mut console = self.console();
        console.end_group();
        console.write_line(&command::annotation(level, TITLE, message));
    }

    /// A panic elsewhere is no reason to fall silent.
    fn console(&self) -> MutexGuard<'_, Console> {
        self.console.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// docker/metadata-action's steps have this unless `DOCKER_METADATA_SET_OUTPUT_ENV` is false, in one of the ways it reads.
fn env_file(world: &World) -> Option<PathBuf> {
    let wanted = world.variable("DOCKER_METADATA_SET_OUTPUT_ENV");
    let refused =
        wanted.is_some_and(|wanted| ["0", "f", "F", "false", "FALSE", "False"].contains(&wanted));
    let file = world.variable("GITHUB_ENV").filter(|_| !refused);
    file.map(PathBuf::from)
}

impl Console {
    /// Nothing can be done where nobody listens any more: a closed pipe is no failure of the job.
    fn write_line(&mut self, line: &str) {
        let line = format!("{line}\n");
        let _ = self.out.write_all(line.as_bytes());
        let _ = self.out.flush();
    }

    fn end_group(&mut self) {
        if self.open.take().is_some() {
            self.write_line(END_GROUP);
        }
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        let mut console = self.runner.console();
        if console.open == Some(self.number) {
            console.end_group();
        }
    }
}
