//! The import table of the design: changing it is a design change, and the commit says why.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms that decide and never act.
const PURE: [&str; 6] = ["oci", "context", "tags", "job", "plan", "report"];
const NOT_PURE: [&str; 6] = ["async", "await", "tokio", "hyper", "reqwest", "log"];
/// What only `action` may ask of the world.
const OUTSIDE: [&str; 6] = [
    "std::env",
    "env::var",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "GITHUB_OUTPUT",
];
const ALL: [&str; 13] = [
    "oci", "context", "tags", "job", "plan", "report", "registry", "source", "transfer", "github",
    "action", "run", "error",
];

/// What a room may import of ours.
fn allowed(room: &str) -> &'static [&'static str] {
    match room {
        // The crate's root only names the rooms.
        "oci" | "context" | "lib" => &[],
        "tags" => &["oci", "context"],
        "job" => &["oci", "context", "tags"],
        "plan" => &["oci", "tags", "job"],
        "report" => &["oci", "tags", "plan"],
        "registry" => &["oci"],
        "source" => &["oci", "registry"],
        "transfer" => &["oci", "plan", "report", "registry", "source"],
        "github" => &["oci", "context", "report"],
        "action" => &["context", "report"],
        "main" => &["run", "action"],
        "error" | "run" => &ALL,
        _ => panic!("{room} is not a room of the design"),
    }
}

/// Everything the checker finds wrong with a file of a room.
fn faults(room: &str, text: &str) -> Vec<String> {
    let code = without_comments(text);
    let mut faults = Vec::new();
    for import in imports(&code) {
        if import != room && !allowed(room).contains(&import.as_str()) {
            faults.push(format!("{room} imports {import}"));
        }
    }
    if PURE.contains(&room) {
        let impure = NOT_PURE.iter().filter(|word| {
            let is_crate = matches!(**word, "tokio" | "hyper" | "reqwest" | "log");
            words(&code)
                .any(|(found, after)| found == **word && (!is_crate || after.starts_with("::")))
        });
        faults.extend(impure.map(|word| format!("{room} is pure and says {word}")));
    }
    if room != "action" {
        let asked = OUTSIDE.iter().filter(|text| code.contains(**text));
        faults.extend(asked.map(|text| format!("{room} is not action and says {text}")));
    }
    if room != "github" && words(&code).any(|(word, _)| word == "octocrab") {
        faults.push(format!("{room} is not github and says octocrab"));
    }
    faults
}

/// Line comments and documentation may name what the code may not.
fn without_comments(text: &str) -> String {
    let code = |line: &str| {
        line.split_once("//")
            .map_or(line, |(code, _)| code)
            .to_owned()
    };
    // An address in a string is no comment.
    let code = |line: &str| {
        if line.contains("://") {
            line.to_owned()
        } else {
            code(line)
        }
    };
    text.lines().map(|line| code(line) + "\n").collect()
}

/// Every word, with what follows it.
fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    std::iter::from_fn(move || {
        let start = rest.find(is_word)?;
        let word = &rest[start..];
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        rest = &word[end..];
        Some((&word[..end], rest))
    })
}

/// The rooms a text names behind `crate::` or the crate's own name, in braces too.
fn imports(code: &str) -> Vec<String> {
    let ours = words(code).filter(|(word, after)| {
        matches!(*word, "crate" | "truxe_registry_action") && after.starts_with("::")
    });
    ours.flat_map(|(_, after)| first_segments(after[2..].trim_start()))
        .collect()
}

/// `a::b` is `a`; `{a::{b, c}, d}` is `a` and `d`.
fn first_segments(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return words(path)
            .next()
            .map(|(word, _)| word.to_owned())
            .into_iter()
            .collect();
    };
    let (mut depth, mut top) = (0, String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            c if depth == 0 => top.push(c),
            _ => {}
        }
    }
    let first = |item: &str| words(item).next().map(|(word, _)| word.to_owned());
    top.split(',').filter_map(first).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = directories
        .iter()
        .flat_map(|directory| self::files(directory));
    let code = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"));
    code.chain(below).collect()
}

/// `src/room/noun.rs` and `src/room.rs` are of the same room.
fn room(path: &Path, src: &Path) -> String {
    let inside = path.strip_prefix(src).unwrap().with_extension("");
    inside.iter().next().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn rooms_import_downhill_and_only_action_looks_outside() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    for path in files(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let faults = faults(&room(&path, &src), &text);
        all.extend(
            faults
                .into_iter()
                .map(|fault| format!("{}: {fault}", path.display())),
        );
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[track_caller]
fn assert_faults(room: &str, text: &str, expected: &[&str]) {
    assert_eq!(faults(room, text), expected, "{text}");
}

#[test]
fn a_planted_import_is_caught() {
    assert_faults("oci", "use crate::tags::Rule;", &["oci imports tags"]);
    assert_faults(
        "job",
        "use crate::{oci::Tag, plan::{Plan, Seen}};",
        &["job imports plan"],
    );
    assert_faults(
        "plan",
        "fn f(x: &crate::registry::Client) {}",
        &["plan imports registry"],
    );
    assert_faults(
        "registry",
        "pub(crate) use crate::{\n    oci,\n    report,\n};",
        &["registry imports report"],
    );
    assert_faults(
        "main",
        "use truxe_registry_action::{action, job};",
        &["main imports job"],
    );
    assert_faults("job", "use crate::job::Mode; use crate::oci::Tag;", &[]);
    assert_faults("job", "//! See [`crate::plan`].\n// crate::plan", &[]);
    assert_faults("run", "use crate::{action, registry};", &[]);
}

#[test]
fn planted_effects_are_caught() {
    assert_faults(
        "tags",
        "pub async fn f() {}",
        &["tags is pure and says async"],
    );
    assert_faults("plan", "log::info!(\"x\");", &["plan is pure and says log"]);
    assert_faults("plan", "let log = catalog::new(); analog::x();", &[]);
    assert_faults(
        "report",
        "use std::env;",
        &["report is not action and says std::env"],
    );
    assert_faults(
        "transfer",
        "let now = jiff::Timestamp::now();",
        &["transfer is not action and says Timestamp::now"],
    );
    assert_faults(
        "action",
        "let now = Timestamp::now(); std::env::vars_os();",
        &[],
    );
    assert_faults("registry", "async fn f() { log::debug!(\"\"); }", &[]);
    assert_faults(
        "run",
        "use octocrab::Octocrab;",
        &["run is not github and says octocrab"],
    );
    assert_faults("github", "use octocrab::Octocrab;", &[]);
}

#[test]
#[should_panic(expected = "utils is not a room")]
fn a_room_nobody_planned_is_caught() {
    faults("utils", "use crate::oci::Tag;");
}
