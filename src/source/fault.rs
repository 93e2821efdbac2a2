use std::io;
use std::path::Path;

use crate::registry::{Error, Kind};

/// A file that can't be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(kind(error), format!("{}: {error}", path.display()))
}

/// A temporary file that can't be written.
pub(super) fn unwritable(error: &io::Error) -> Error {
    Error::new(kind(error), format!("a temporary file: {error}"))
}

/// What is not as its digest, its size or its format says.
pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Kind::Corrupt, message)
}

/// What is not there.
pub(super) fn absent(message: impl Into<String>) -> Error {
    Error::new(Kind::NotFound, message)
}

/// The same error, with what may be meant where the file that every such store has is not there.
pub(super) fn or_else(error: Error, meant: &str) -> Error {
    if error.kind == Kind::NotFound {
        absent(format!("{}: {meant}", error.message))
    } else {
        error
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of some forty kinds, three mean something to the user"
)]
fn kind(error: &io::Error) -> Kind {
    match error.kind() {
        io::ErrorKind::NotFound => Kind::NotFound,
        io::ErrorKind::PermissionDenied => Kind::Denied,
        io::ErrorKind::StorageFull => Kind::StorageFull,
        _ => Kind::Rejected,
    }
}
