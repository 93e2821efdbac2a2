//! Workflow commands in a step's log, found the way the runner finds them.

use std::fmt;

/// The commands a container action can give; any other word between colons is text.
const NAMES: [&str; 16] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) data: String,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self
            .property("title")
            .map(|title| format!("{title}: "))
            .unwrap_or_default();
        write!(f, "{title}{}", self.data)
    }
}

impl Command {
    pub(crate) fn property(&self, key: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads line after line: `stop-commands` silences all that follows, up to its token.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    stopped_by: Option<String>,
}

impl Reader {
    pub(crate) fn read(&mut self, line: &str) -> Option<Command> {
        if let Some(token) = &self.stopped_by {
            if line.trim() == format!("::{token}::") {
                self.stopped_by = None;
            }
            return None;
        }
        let command = modern(line).or_else(|| legacy(line))?;
        if command.name == "stop-commands" {
            self.stopped_by = Some(command.data.clone());
        }
        Some(command)
    }

    pub(crate) fn is_silenced(&self) -> bool {
        self.stopped_by.is_some()
    }
}

/// `::name key=value,key=value::data`, after leading white space only.
fn modern(line: &str) -> Option<Command> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    Some(Command {
        name: registered(name)?,
        properties: pairs(
            properties,
            ',',
            &[
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%3A", ":"),
                ("%2C", ","),
                ("%25", "%"),
            ],
        ),
        data: unescape(data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]),
    })
}

/// `##[name key=value;key=value]data`, anywhere in a line: what an earlier runner understood, and today's still does.
fn legacy(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (head, data) = rest.split_once(']')?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let table = [
        ("%3B", ";"),
        ("%0D", "\r"),
        ("%0A", "\n"),
        ("%5D", "]"),
        ("%25", "%"),
    ];
    Some(Command {
        name: registered(name)?,
        properties: pairs(properties, ';', &table),
        data: unescape(data, &table),
    })
}

fn registered(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()).then_some(name)
}

fn pairs(text: &str, separator: char, table: &[(&str, &str)]) -> Vec<(String, String)> {
    text.split(separator)
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(key, value)| (key.to_owned(), unescape(value, table)))
        .collect()
}

fn unescape(text: &str, table: &[(&str, &str)]) -> String {
    table
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| {
            text.replace(escaped, plain)
        })
}

#[test]
fn a_command_is_found_as_the_runner_finds_it() {
    let read = |line: &str| Reader::default().read(line);
    let error = read("  ::error title=a%3Ab,file=x::one%0Atwo %2525").unwrap();
    assert_eq!(
        (
            error.name.as_str(),
            error.property("title"),
            error.data.as_str()
        ),
        ("error", Some("a:b"), "one\ntwo %25")
    );
    assert_eq!(
        read("progress ##[warning]hidden in a line").unwrap().data,
        "hidden in a line"
    );
    assert_eq!(read("text ::error::not at the start"), None);
    assert_eq!(read("::sha256::not a command"), None);
}

#[test]
fn stopped_commands_come_back_with_their_token_only() {
    let mut reader = Reader::default();
    for line in ["::stop-commands::abc", "::error::swallowed", "::abc::"] {
        assert!(
            reader
                .read(line)
                .is_none_or(|command| command.name == "stop-commands"),
            "{line}"
        );
    }
    assert!(!reader.is_silenced());
    assert!(reader.read("::error::heard").is_some());
}
