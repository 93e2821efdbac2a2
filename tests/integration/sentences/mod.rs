//! What a user reads when something goes wrong: which side, which registry, which step, what happened, what to do.
//! Each sentence is brought about by a fault on the real way, and held to the last word.

mod accounts;
mod content;
mod files;
mod limits;
mod names;
mod the_world;
mod trouble;

use test_registry::image::Image;
use test_registry::{Dialect, Full, Immutable, Method, Missing, Proxy, Registry, Right, Rule};

use crate::internet::{HUB_TOKEN, Internet};
use crate::mirror::{Mirror, NAME, old_image};
use crate::runner::{JOB_TOKEN, Step};

/// The failure that a run of this mirror ends with; the two registries by their roles, digests and sessions left out.
#[track_caller]
fn assert_says(mirror: &Mirror, expected: &str) {
    let (code, text) = mirror.run();
    assert_eq!(code, 1, "{text}");
    let error = text.lines().find(|line| line.starts_with("::error"));
    let failures = error.unwrap_or_default().split("%0A").skip(1);
    let failures: Vec<_> = failures.map(|line| line.replace("%25", "%")).collect();
    let hosts = [
        (&mirror.source, "SOURCE"),
        (&mirror.destinations[0], "DESTINATION"),
    ];
    let named = hosts
        .iter()
        .fold(failures.join("\n"), |text, (registry, role)| {
            text.replace(&registry.host(), role)
        });
    assert_eq!(without_numbers(&named), expected);
}

/// `sha256:…` and `uploads/…`, whatever follows.
fn without_numbers(text: &str) -> String {
    let labels = ["sha256:", "uploads/"];
    labels.iter().fold(text.to_owned(), |text, label| {
        let mut parts = text.split(label);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            let mark = if rest.len() < part.len() { "…" } else { "" };
            format!("{text}{label}{mark}{rest}")
        })
    })
}

fn to(destination: Registry) -> Mirror {
    Mirror::to(vec![destination])
}

/// To a registry where something goes wrong.
fn fault_at_destination(fault: impl FnOnce(&Registry) -> Rule) -> Mirror {
    let mirror = Mirror::to_open(1);
    fault(&mirror.destinations[0]);
    mirror
}

fn fault_at_source(fault: impl FnOnce(&Registry) -> Rule) -> Mirror {
    let mirror = Mirror::to_open(1);
    fault(&mirror.source);
    mirror
}

fn as_bot(password: &str, destination: Registry) -> Mirror {
    let host = destination.host();
    let entry = format!("- registry: {host}\n  username: bot\n  password: {password}\n");
    to(destination).with("REGISTRY-AUTH", &entry)
}

fn complaint(code: &str, message: &str) -> String {
    format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#)
}
