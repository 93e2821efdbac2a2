//! What the runner makes of what we tell it; the runner's own rules, written down once more.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use truxe_registry_action::action::Runner;
use truxe_registry_action::context::World;
use truxe_registry_action::job::OUTPUTS;
use truxe_registry_action::oci::Digest;
use truxe_registry_action::report::{Destination, Failure, Report, Row, Side, State, Traffic};

/// Standard output, kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

/// A step: its log, its files, and the runner as we see it.
struct Step {
    log: Log,
    runner: Runner,
    output: PathBuf,
    summary: PathBuf,
}

impl Step {
    fn new(name: &str) -> Self {
        let file = |kind| {
            let name = format!("truxe-{name}-{kind}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::write(&path, "").unwrap();
            path
        };
        let (output, summary) = (file("output"), file("summary"));
        let (log, world) = (
            Log::default(),
            world(&[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_OUTPUT", output.to_str().unwrap()),
                ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ]),
        );
        let runner = Runner::with_output(&world, Box::new(log.clone()));
        Self {
            log,
            runner,
            output,
            summary,
        }
    }

    fn outputs(&self) -> Vec<(String, String)> {
        key_value_pairs(&fs::read_to_string(&self.output).unwrap()).unwrap()
    }
}

fn world(env: &[(&str, &str)]) -> World {
    let pairs = env.iter().map(|&(name, value)| (name.into(), value.into()));
    World {
        env: pairs.collect(),
        event: Value::Null,
        docker_config: None,
        now: Timestamp::UNIX_EPOCH,
    }
}

/// The grammar of `FileCommandManager.cs`: lines end at `\n` alone, whichever of `=` and `<<` comes first decides.
fn key_value_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut lines = text.split('\n');
    let mut pairs = Vec::new();
    while let Some(line) = lines.next() {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            _ if line.is_empty() => {}
            (Some(at), None) => pairs.push((line[..at].to_owned(), line[at + 1..].to_owned())),
            (Some(at), Some(other)) if at < other => {
                pairs.push((line[..at].to_owned(), line[at + 1..].to_owned()));
            }
            (_, Some(at)) => {
                let (key, delimiter) = (&line[..at], &line[at + 2..]);
                let mut value = Vec::new();
                loop {
                    match lines.next() {
                        Some(line) if line == delimiter => break,
                        Some(line) => value.push(line),
                        None => return Err(format!("no end of {key}")),
                    }
                }
                pairs.push((key.to_owned(), value.join("\n")));
            }
            (None, None) => return Err(format!("invalid line {line:?}")),
        }
    }
    Ok(pairs)
}

/// The name of the command the runner sees in a line, by `ActionCommand.cs`.
fn command(line: &str) -> Option<&str> {
    let new = line.trim_start().strip_prefix("::");
    let new = new.filter(|rest| rest.contains("::"));
    let old = line.find("##[").map(|at| &line[at + 3..]);
    let rest = new.or(old)?;
    rest.split([' ', ':', ']']).next()
}

fn commands(log: &Log) -> Vec<String> {
    let lines = log.lines();
    lines
        .iter()
        .filter_map(|line| command(line))
        .map(str::to_owned)
        .collect()
}

const HOSTILE: &str =
    "denied\r\n::set-output name=x::y\n##[error]x\nghadelimiter_\u{1b}[31m <b> | `";

fn report() -> Report {
    let row = |state| Row {
        tag: "v1.2.3".parse().unwrap(),
        old: None,
        new: None,
        state,
    };
    let destination = |name: &str, state| Destination {
        repository: name.parse().unwrap(),
        rows: vec![row(state)],
        to_send: None,
        traffic: Traffic::default(),
    };
    Report {
        source: Some("ghcr.io/a/b:v1.2.3".to_owned()),
        digest: Some(Digest::sha256(b"image")),
        tag_outputs: [
            "tags",
            "tag-names",
            "version",
            "labels",
            "annotations",
            "json",
        ]
        .map(|name| (name.to_owned(), format!("{name}\nof=two<<lines\n")))
        .to_vec(),
        destinations: vec![
            destination("ghcr.io/a/b", State::Published),
            destination("a/b", State::Failed),
        ],
        failures: vec![Failure {
            side: Side::Destination,
            place: "docker.io/a/b".to_owned(),
            step: "starting an upload".to_owned(),
            cause: HOSTILE.to_owned(),
            remedy: None,
        }],
        ..Report::default()
    }
}

#[test]
fn outputs_come_back_as_they_were_and_are_all_declared() {
    let step = Step::new("outputs");
    let report = report();
    assert_eq!(step.runner.publish(&report), 1);
    let outputs = step.outputs();
    assert_eq!(outputs, report.outputs());
    let names: Vec<_> = outputs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, OUTPUTS);
}

#[test]
fn one_error_annotation_and_nothing_a_registry_said_is_a_command() {
    let step = Step::new("annotations");
    step.runner.print(HOSTILE);
    step.runner.publish(&report());
    assert_eq!(commands(&step.log), ["error"], "{}", step.log.text());
    let summary = fs::read_to_string(&step.summary).unwrap();
    assert!(
        !summary.contains("<b>") && !summary.contains('\u{1b}'),
        "{summary}"
    );
}

#[test]
fn more_than_ten_warnings_are_ten_and_none_is_lost() {
    let step = Step::new("warnings");
    let warnings = (1..=25).map(|n| format!("warning {n};")).collect();
    let report = Report {
        warnings,
        ..Report::default()
    };
    assert_eq!(step.runner.publish(&report), 0);
    assert_eq!(commands(&step.log), ["warning"; 10]);
    let text = step.log.text();
    assert!(
        (1..=25).all(|n| text.contains(&format!("warning {n};"))),
        "{text}"
    );
}

#[test]
fn a_long_error_is_cut_in_the_annotation_and_whole_in_the_log() {
    let step = Step::new("long");
    step.runner.error(&format!("{}\nthe end", "x".repeat(5000)));
    let lines = step.log.lines();
    assert_eq!(lines[1], "the end");
    assert!(lines[2].starts_with("::error title=truxe-registry-action::xxx"));
    assert!(lines[2].chars().count() < 4096 + 60);
}

#[test]
fn groups_never_nest_and_always_end() {
    let step = Step::new("groups");
    let outer = step.runner.group("one");
    let inner = step.runner.group("two\n::error::x");
    drop(outer);
    step.runner.print("still in two");
    drop(inner);
    let failing = || -> Result<(), io::Error> {
        let _group = step.runner.group("three");
        Err(io::Error::other("early"))
    };
    assert!(failing().is_err());
    assert_eq!(
        step.log.lines(),
        [
            "::group::one",
            "::endgroup::",
            "::group::two%0A::error::x",
            "still in two",
            "::endgroup::",
            "::group::three",
            "::endgroup::",
        ]
    );
}

#[test]
fn a_secret_of_several_lines_is_masked_by_one_command() {
    let step = Step::new("masks");
    let secrets = [SecretString::from("one\n100 %"), SecretString::from(" \n")];
    step.runner.mask_all(&secrets);
    assert_eq!(step.log.lines(), ["::add-mask::one%0A100 %25"]);
}

#[test]
fn a_local_run_shows_its_outputs_and_no_secret() {
    let log = Log::default();
    let runner = Runner::with_output(&world(&[]), Box::new(log.clone()));
    runner.mask(&SecretString::from("hunter2"));
    runner.publish(&report());
    let text = log.text();
    assert!(!text.contains("hunter2"));
    assert!(text.contains("\npublished=ghcr.io/a/b:v1.2.3\n"), "{text}");
}

#[test]
fn outputs_that_can_not_be_written_are_a_failure() {
    let log = Log::default();
    let world = world(&[("GITHUB_OUTPUT", "/nowhere/at/all")]);
    let runner = Runner::with_output(&world, Box::new(log.clone()));
    assert_eq!(runner.publish(&Report::default()), 1);
    assert_eq!(commands(&log), ["error"]);
}
