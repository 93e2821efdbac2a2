use thiserror::Error;

use crate::oci::{InvalidPlatform, InvalidReference};

/// An input that can't be used: which one, what is wrong with it, and what would be right.
///
/// It never quotes a secret, not even a part of one.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("input `{input}`: {problem}")]
pub struct InputError {
    /// The input's name in `action.yml`.
    pub input: &'static str,
    /// What is wrong with its value.
    pub problem: Problem,
}

/// What is wrong with an input.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// A word that is none of those allowed.
    #[error("{value:?} is none of: {}", allowed.join(", "))]
    Unknown {
        /// What was written.
        value: String,
        /// What could have been.
        allowed: &'static [&'static str],
    },
    /// Not a reference.
    #[error("{value:?} can't be used: {cause}")]
    Reference {
        /// What was written.
        value: String,
        /// Why it is none.
        cause: InvalidReference,
    },
    /// A transport we can't read from.
    #[error(
        "unknown transport {transport:?} in {value:?}; allowed are an image in a registry (`docker://` may be left out), `oci:DIR[:TAG|@DIGEST]`, `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:REF]`"
    )]
    Transport {
        /// What was written.
        value: String,
        /// The part before the colon.
        transport: String,
    },
    /// A folder or a file that is not rightly named.
    #[error("{value:?} can't be used: {why}")]
    Store {
        /// What was written.
        value: String,
        /// Why it can't be used.
        why: String,
    },
    /// Not a platform.
    #[error(transparent)]
    Platform(#[from] InvalidPlatform),
    /// A destination with a tag or a digest.
    #[error("{0:?} carries a tag or a digest; write the name alone, tags come from input `tags`")]
    Tagged(String),
    /// Two entries that mean the same repository.
    #[error("{first:?} and {second:?} are the same repository, {repository}; name it once")]
    SameImage {
        /// As first written.
        first: String,
        /// As written again.
        second: String,
        /// What both mean.
        repository: String,
    },
    /// Not a host.
    #[error("{0:?} is no registry host; allowed is `host` or `host:port`, without `http://`")]
    Host(String),
    /// Not a pattern of tags.
    #[error("{0}; allowed are `*`, `?`, `[0-9]` and `{{a,b}}`, one pattern a line")]
    Glob(String),
    /// A pull request that would write where nobody said so.
    #[error(
        "is empty, and a pull request writes only to images that are named; name them, or leave `source` empty for pull requests"
    )]
    PullRequestAnywhere,
    /// A pull request that would move a tag of others.
    #[error(
        "a pull request may not move {0:?}: only tags of its own, as `type=ref,event=pr` makes them, since anyone can open one"
    )]
    PullRequestTag(String),
    /// One half of a credential.
    #[error("is empty, but `{other}` is given; both are needed, or none")]
    Half {
        /// The half that is there.
        other: &'static str,
    },
    /// No list of credentials.
    #[error("{0}; allowed is a YAML list of entries with `registry`, `username` and `password`")]
    Yaml(String),
    /// An entry without what makes a credential.
    #[error("entry {entry} ({registry}) has no `{key}`, or an empty one")]
    Incomplete {
        /// Counted from one.
        entry: usize,
        /// Which registry it is for.
        registry: String,
        /// What it lacks.
        key: &'static str,
    },
    /// Two entries for the same registry.
    #[error("{0} is given twice; one entry for each registry")]
    SameRegistry(String),
    /// An image at Docker Hub, no credentials, and the user asked for that to be an error.
    #[error(
        "{0} has no credentials; give `dockerhub-username` and `dockerhub-token`, or let `missing-credentials` be `skip`"
    )]
    NoCredentials(String),
}

impl Problem {
    /// The error this problem is in an input.
    pub(super) fn of(self, input: &'static str) -> InputError {
        InputError {
            input,
            problem: self,
        }
    }
}
