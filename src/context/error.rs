use thiserror::Error;

/// Why the surroundings of this run make no sense.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// `GITHUB_REPOSITORY` is not `owner/name`.
    #[error("GITHUB_REPOSITORY is {0:?}, which is not owner/name")]
    Repository(String),
    /// A variable that holds a number in every run holds something else.
    #[error("{name} is {value:?}, which is not a number")]
    Number {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
}
