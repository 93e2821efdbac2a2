//! Gathers what may be wrong with the input, before anything is touched.

use thiserror::Error;

/// What the user or the environment gave can't be used.
#[derive(Debug, Error)]
#[error(transparent)]
pub enum BadInput {
    /// What GitHub says.
    Context(#[from] crate::context::Error),
    /// What the job's inputs say.
    Job(#[from] crate::job::InputError),
    /// What the tag inputs say.
    Tags(#[from] crate::tags::Error),
}
