//! What GitHub says about this run: the world as it was captured, and what it means.

mod error;
mod read;
mod repository;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

pub use error::Error;
pub use read::{Context, Run};
pub use repository::{Details, Repository};

/// Everything the program knows from outside when it starts, read once by `action`.
#[derive(Clone, Debug)]
pub struct World {
    /// The environment, as the runner gives it: inputs as `INPUT_NAME`, hyphens kept, values untrimmed, empty means not given.
    pub env: BTreeMap<String, String>,
    /// The webhook event's payload (`GITHUB_EVENT_PATH`); `Null` where there is none.
    pub event: Value,
    /// The text of the docker config file, where one was found.
    pub docker_config: Option<String>,
    /// When the program started.
    pub now: Timestamp,
}

impl World {
    /// An environment variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// An input's value, trimmed as GitHub's own toolkit does it; `None` where it is empty or absent.
    pub fn input(&self, name: &str) -> Option<&str> {
        let variable = format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
        self.variable(&variable)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }
}
