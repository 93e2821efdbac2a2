//! Other people's programs: what they print is a fact, what they refuse is a failed test.

use std::process::Command;

#[track_caller]
pub(crate) fn bytes_of(command: &mut Command) -> Vec<u8> {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; tests/all installs what is missing"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{told}",
        output.status
    );
    output.stdout
}

#[track_caller]
pub(crate) fn text_of(command: &mut Command) -> String {
    String::from_utf8(bytes_of(command))
        .unwrap()
        .trim()
        .to_owned()
}
