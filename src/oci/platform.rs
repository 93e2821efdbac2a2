use std::fmt;

use serde::Deserialize;

/// What a child of an index runs on: `linux/arm/v7`.
/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Platform {
    /// The operating system, as Go names it.
    #[serde(default)]
    pub os: String,
    /// The processor, as Go names it.
    #[serde(default)]
    pub architecture: String,
    /// The processor's variant, if it has one.
    #[serde(default)]
    pub variant: Option<String>,
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match self.variant.as_deref() {
            Some(variant) if !variant.is_empty() => write!(formatter, "/{variant}"),
            _ => Ok(()),
        }
    }
}
