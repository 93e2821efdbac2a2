//! `action.yml`, the code and the README say the same about inputs and outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use truxe_registry_action::job::{INPUTS, OUTPUTS};
use truxe_registry_action::tags::DEFAULT_RULES;

#[derive(Deserialize)]
struct Action {
    name: String,
    description: String,
    branding: Branding,
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Branding {
    icon: String,
    color: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    description: String,
    required: bool,
    default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Runs {
    using: String,
    image: String,
}

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn action() -> Action {
    serde_saphyr::from_str(&read("action.yml")).unwrap()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

/// Rows of the table between `<!-- what -->` and `<!-- /what -->`, cells trimmed, without heading and rule.
fn table(readme: &str, what: &str) -> Vec<Vec<String>> {
    let (start, end) = (format!("<!-- {what} -->"), format!("<!-- /{what} -->"));
    let (_, rest) = readme.split_once(&start).unwrap();
    let (table, _) = rest.split_once(&end).unwrap();
    let rows = table.trim().lines().skip(2);
    let cells = |row: &str| {
        let row = row.trim().trim_matches('|').to_owned();
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

/// The names in the first column, out of their backquotes.
fn documented(rows: &[Vec<String>]) -> BTreeSet<&str> {
    rows.iter().map(|row| row[0].trim_matches('`')).collect()
}

#[test]
fn the_action_declares_what_the_code_reads_and_puts_out() {
    let action = action();
    assert_eq!(
        names(action.inputs.keys().map(String::as_str)),
        names(INPUTS)
    );
    assert_eq!(
        names(action.outputs.keys().map(String::as_str)),
        names(OUTPUTS)
    );
}

#[test]
fn the_readme_documents_what_the_action_declares() {
    let (readme, action) = (read("README.md"), action());
    let inputs = table(&readme, "inputs");
    assert_eq!(documented(&inputs), names(INPUTS));
    assert_eq!(documented(&table(&readme, "outputs")), names(OUTPUTS));
    for row in &inputs {
        let default = &action.inputs[row[0].trim_matches('`')].default;
        if let Some(default) = default {
            assert_eq!(row[1], format!("`{default}`"), "default of {}", row[0]);
        }
    }
}

#[test]
fn the_readme_shows_the_default_rules() {
    let readme = read("README.md");
    assert!(readme.contains(&format!("\n```\n{DEFAULT_RULES}```\n")));
}

/// What the code asks `World` for: by `.input("name")`, or untrimmed as the variable `INPUT_NAME`.
#[test]
fn the_code_reads_no_input_behind_the_tables_back() {
    let known: BTreeSet<_> = INPUTS.iter().map(|name| name.to_uppercase()).collect();
    for code in code() {
        let asked = ["\"INPUT_", ".input(\""].map(|how| code.split(how).skip(1));
        for rest in asked.into_iter().flatten() {
            let (name, _) = rest.split_once('"').unwrap();
            // What is put together at run time is put together from names of the table.
            let is_name = !name.contains(['{', '}']);
            assert!(!is_name || known.contains(&name.to_uppercase()), "{name}");
        }
    }
}

/// An input that no room names is declared for nothing.
#[test]
fn the_code_reads_every_input_it_declares() {
    let code = code().concat();
    for input in INPUTS {
        let (name, variable) = (format!("\"{input}\""), input.to_uppercase());
        let is_read = code.contains(&name) || code.contains(&format!("\"INPUT_{variable}\""));
        assert!(is_read, "nobody reads {input}");
    }
}

/// The code of all rooms, without their tests, and without the table itself.
fn code() -> Vec<String> {
    let files = source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let files = files.iter().filter(|path| !path.ends_with("job/inputs.rs"));
    let code = |path| {
        let text: String = fs::read_to_string(path).unwrap();
        let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        code.to_owned()
    };
    files.map(code).collect()
}

fn source_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = directories
        .iter()
        .flat_map(|directory| source_files(directory));
    let code = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"));
    code.chain(below).collect()
}

#[test]
fn names_are_kebab_case_and_described() {
    let action = action();
    for (name, input) in &action.inputs {
        let legal = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(name.chars().all(legal), "{name}");
        assert!(!input.required, "{name}: the runner does not enforce it");
        assert!(input.description.ends_with('.'), "{name}");
    }
    for (name, output) in &action.outputs {
        assert!(output.description.ends_with('.'), "{name}");
    }
}

/// <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#branding>
#[test]
fn the_marketplace_takes_it() {
    let colors = [
        "white",
        "black",
        "yellow",
        "blue",
        "green",
        "orange",
        "red",
        "purple",
        "gray-dark",
    ];
    // Those of Feather 4.28 that say what this does.
    let icons = ["copy", "layers", "package", "share-2", "upload-cloud"];
    let action = action();
    assert!(colors.contains(&action.branding.color.as_str()));
    assert!(icons.contains(&action.branding.icon.as_str()));
    assert!(action.description.chars().count() < 125);
    assert!(!action.name.is_empty());
}

#[test]
fn it_is_a_container_action_by_dockerfile_or_by_digest() {
    let Runs { using, image } = action().runs;
    assert_eq!(using, "docker");
    let digest = image
        .strip_prefix("docker://")
        .and_then(|image| image.split_once("@sha256:"));
    assert!(
        image == "Dockerfile" || digest.is_some_and(|(_, hex)| hex.len() == 64),
        "{image}"
    );
}
