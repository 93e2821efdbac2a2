//! The files through which a step speaks to the runner: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files>.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// One output in the form that takes any value, delimited by a line nobody can guess.
pub(super) fn entry(name: &str, value: &str) -> io::Result<String> {
    let delimiter = format!("ghadelimiter_{}", random()?);
    write_entry(name, value, &delimiter)
}

fn write_entry(name: &str, value: &str, delimiter: &str) -> io::Result<String> {
    let legal = !name.is_empty() && !name.contains(['\n', '\r', '=', '<']);
    if !legal || value.contains(delimiter) || name.contains(delimiter) {
        let message = format!("output {name:?} can't be written");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    Ok(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

fn random() -> io::Result<String> {
    use std::fmt::Write;

    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    let mut text = String::with_capacity(32);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Appends to a file of the runner's, which has created it and reads it after the step.
pub(super) fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_several_lines_is_delimited() {
        assert_eq!(
            write_entry("tags", "a\nb", "D").unwrap(),
            "tags<<D\na\nb\nD\n"
        );
        let (one, other) = (entry("a", "").unwrap(), entry("a", "").unwrap());
        assert_ne!(one, other, "delimiters can't be guessed");
    }

    #[test]
    fn what_would_break_the_file_is_refused() {
        for (name, value) in [
            ("", "x"),
            ("a=b", "x"),
            ("a<<b", "x"),
            ("a\nb", "x"),
            ("a", "x\nD\ny"),
        ] {
            assert!(write_entry(name, value, "D").is_err(), "{name:?} {value:?}");
        }
    }
}
