//! A step that ended: what it left behind, held against what the runner allows.

use std::collections::BTreeMap;
use std::time::Duration;

use super::commands::{Command, Reader};
use super::folders::Folders;
use super::masks::Masks;
use super::outputs::{self, Outputs};

/// More annotations of one kind are dropped.
const MOST_ANNOTATIONS: usize = 10;
/// Longer messages are cut.
const LONGEST_MESSAGE: usize = 4096;
/// A larger summary is not shown at all.
const LARGEST_SUMMARY: usize = 1024 * 1024;

pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stopped_by: Option<&'static str>,
    pub(crate) took: Duration,
    pub(crate) summary: String,
    log: Vec<String>,
    commands: Vec<Command>,
    masks: Masks,
    outputs: Outputs,
}

impl Finished {
    /// Every run is held to the runner's rules, whatever it was run for.
    #[track_caller]
    pub(super) fn judge(
        code: Option<i32>,
        stopped_by: Option<&'static str>,
        took: Duration,
        lines: &[String],
        folders: &Folders,
        secrets: &[String],
    ) -> Self {
        let (commands, log) = read(lines);
        let masked = commands.iter().filter(|command| command.name == "add-mask");
        let masks = Masks::of(masked.map(|command| command.data.as_str()));
        let outputs = outputs::parse(&folders.read("set_output"))
            .unwrap_or_else(|error| panic!("GITHUB_OUTPUT: {error}"));
        let summary = folders.read("step_summary");
        let finished = Self {
            code,
            stopped_by,
            took,
            summary,
            log,
            commands,
            masks,
            outputs,
        };
        finished.tells_no_secret(secrets);
        finished.keeps_the_limits();
        for untouched in [
            "set_env",
            "add_path",
            "save_state",
            "artifacts",
            "artifacts_list",
        ] {
            assert_eq!(
                folders.read(untouched),
                "",
                "{untouched} is not ours to write"
            );
        }
        finished
    }

    #[track_caller]
    fn tells_no_secret(&self, secrets: &[String]) {
        let secrets = Masks::of(secrets.iter().map(String::as_str));
        let told = self
            .log
            .iter()
            .chain([&self.summary])
            .chain(self.outputs.values());
        for text in told {
            // Not even where the runner would hide it: other places read logs too.
            assert_eq!(secrets.find_in(text), None, "a secret is told in {text:?}");
            assert_eq!(
                self.masks.apply(text),
                *text,
                "what was masked is told all the same"
            );
        }
    }

    #[track_caller]
    fn keeps_the_limits(&self) {
        for kind in ["error", "warning", "notice"] {
            let messages = self.messages(kind);
            assert!(
                messages.len() <= MOST_ANNOTATIONS,
                "{} annotations of kind {kind}",
                messages.len()
            );
            assert!(
                messages
                    .iter()
                    .all(|message| message.len() <= LONGEST_MESSAGE),
                "{messages:?}"
            );
        }
        let disabled = [
            "set-env",
            "add-path",
            "set-output",
            "save-state",
            "echo",
            "internal-set-repo-path",
        ];
        assert!(
            self.commands
                .iter()
                .all(|command| !disabled.contains(&command.name.as_str())),
            "{:?}",
            self.commands
        );
        let count = |name: &str| {
            self.commands
                .iter()
                .filter(|command| command.name == name)
                .count()
        };
        assert_eq!(
            count("group"),
            count("endgroup"),
            "every group is closed:\n{self}"
        );
        assert!(self.summary.len() <= LARGEST_SUMMARY);
    }

    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The action had this hidden itself, whoever else may have.
    #[track_caller]
    pub(crate) fn masked(&self, secret: &str) {
        assert!(
            self.masks.hide(secret),
            "a password was not masked:\n{self}"
        );
    }

    #[track_caller]
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs
            .get(name)
            .unwrap_or_else(|| panic!("no output {name}:\n{self}"))
    }

    /// A list, in an order of no meaning.
    #[track_caller]
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.output(name).lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    pub(crate) fn messages(&self, kind: &str) -> Vec<String> {
        self.commands
            .iter()
            .filter(|command| command.name == kind)
            .map(ToString::to_string)
            .collect()
    }

    /// Some error annotation has all of these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) {
        let errors = self.messages("error");
        let told = errors
            .iter()
            .any(|error| words.iter().all(|word| error.contains(word)));
        assert!(told, "no error names {words:?}:\n{self}");
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outputs: BTreeMap<_, _> = self.outputs.iter().collect();
        writeln!(
            f,
            "exit code {:?} after {:?}, outputs {outputs:#?}",
            self.code, self.took
        )?;
        self.log.iter().try_for_each(|line| writeln!(f, "| {line}"))
    }
}

/// The commands, and the lines that a user gets to see: an `add-mask` is not among them.
#[track_caller]
fn read(lines: &[String]) -> (Vec<Command>, Vec<String>) {
    let mut reader = Reader::default();
    let (mut commands, mut log) = (Vec::new(), Vec::new());
    for line in lines {
        let command = reader.read(line);
        if command
            .as_ref()
            .is_none_or(|command| command.name != "add-mask")
        {
            log.push(line.clone());
        }
        commands.extend(command);
    }
    assert!(
        !reader.is_silenced(),
        "commands were stopped and not let go again"
    );
    (commands, log)
}
