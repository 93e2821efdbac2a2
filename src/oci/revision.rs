use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::{Descriptor, Manifest};

/// The commit that an image was made of, in an annotation or a label.
/// <https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys>
const KEY: &str = "org.opencontainers.image.revision";

/// A commit of git, by its hash or so much of it that it is one of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revision(String);

/// A text that is no hash of a commit: a branch's name, a version.
#[derive(Debug, PartialEq, Eq)]
pub struct NoRevision;

impl Revision {
    /// The hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same commit, however much of the hash each is.
    pub fn is(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// As much of it as people read.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }

    /// What a manifest's annotation says.
    pub fn annotated(manifest: &Manifest) -> Option<Self> {
        manifest.annotation(KEY)?.parse().ok()
    }

    /// What a label in an image's configuration says.
    pub fn labelled(config: &[u8]) -> Option<Self> {
        let config: Value = serde_json::from_slice(config).ok()?;
        config["config"]["Labels"][KEY].as_str()?.parse().ok()
    }
}

impl FromStr for Revision {
    type Err = NoRevision;

    fn from_str(text: &str) -> Result<Self, NoRevision> {
        let is_hash =
            (7..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_hexdigit());
        let hash = is_hash.then(|| text.to_ascii_lowercase());
        hash.map(Self).ok_or(NoRevision)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The first image that an index lists: all of them are made of one commit, and attestations say nothing of it.
pub fn first_image(index: &Manifest) -> Option<&Descriptor> {
    let is_image = |link: &&Descriptor| {
        let platform = link.platform.as_ref();
        platform.is_none_or(|platform| platform.os != "unknown")
    };
    index.children().iter().find(is_image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_are_commits() {
        let hash = "0123456789ABCDEF0123456789abcdef01234567";
        assert_eq!(
            hash.parse::<Revision>().unwrap().as_str(),
            hash.to_lowercase()
        );
        for text in [
            "",
            "main",
            "012345",
            "v1.2.3",
            &hash.repeat(2),
            "../../../x",
        ] {
            assert_eq!(text.parse::<Revision>(), Err(NoRevision), "{text}");
        }
        let label = format!(r#"{{"config":{{"Labels":{{"{KEY}":"{hash}"}}}}}}"#);
        assert!(Revision::labelled(label.as_bytes()).is_some());
        for config in ["", "[]", "{}", r#"{"config":{"Labels":null}}"#] {
            assert_eq!(Revision::labelled(config.as_bytes()), None);
        }
    }
}
