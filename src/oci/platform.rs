use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

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

/// A text that is no platform.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no platform; allowed is `os/architecture` or `os/architecture/variant`")]
pub struct InvalidPlatform(String);

impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let parts: Vec<_> = text.split('/').collect();
        let legal = |part: &&str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !part.is_empty() && part.bytes().all(known)
        };
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some((*variant).to_owned())),
            _ => return Err(InvalidPlatform(text.to_owned())),
        };
        if !parts.iter().all(legal) {
            return Err(InvalidPlatform(text.to_owned()));
        }
        Ok(Self {
            os: (*os).to_owned(),
            architecture: (*architecture).to_owned(),
            variant,
        })
    }
}

impl Platform {
    /// Whether this is what is asked for; who names no variant asks for all of them.
    pub fn is(&self, wanted: &Self) -> bool {
        let same = self.os == wanted.os && self.architecture == wanted.architecture;
        same && (wanted.variant.is_none() || self.full_variant() == wanted.full_variant())
    }

    /// The variant; two architectures have one that goes without saying.
    /// <https://github.com/containerd/platforms/blob/main/database.go>
    fn full_variant(&self) -> &str {
        let written = self.variant.as_deref().unwrap_or_default();
        match (self.architecture.as_str(), written) {
            ("arm64", "") => "v8",
            ("amd64", "") => "v1",
            ("arm", "") => "v7",
            _ => written,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(there: &str, wanted: &str) -> bool {
        let parse = |text: &str| text.parse::<Platform>().unwrap();
        parse(there).is(&parse(wanted))
    }

    #[test]
    fn a_variant_that_is_named_must_be_the_one() {
        assert!(is("linux/arm/v7", "linux/arm/v7"));
        assert!(is("linux/arm/v6", "linux/arm"));
        assert!(is("linux/arm64", "linux/arm64/v8"));
        assert!(is("linux/arm64/v8", "linux/arm64"));
        assert!(is("linux/amd64", "linux/amd64/v1"));
        assert!(!is("linux/amd64/v3", "linux/amd64/v1"));
        assert!(!is("linux/arm/v6", "linux/arm/v7"));
        assert!(!is("windows/amd64", "linux/amd64"));
    }

    #[test]
    fn what_is_no_platform_is_quoted() {
        for bad in [
            "",
            "linux",
            "linux/",
            "/amd64",
            "linux/arm/v7/x",
            "linux/a b",
            "*/*",
        ] {
            let error = bad.parse::<Platform>().unwrap_err();
            assert!(error.to_string().contains(&format!("{bad:?}")));
        }
    }
}
