use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Digest, InvalidDigest, InvalidTag, Repository, Tag};

/// An image as people name it: a repository with a tag, a digest, or both.
///
/// Own code, because the parser of oci-spec compiles a regular expression that takes 60 ms and 18 MB at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the image is.
    pub repository: Repository,
    /// Its tag, if one was written.
    pub tag: Option<Tag>,
    /// Its digest, if one was written; it wins over the tag.
    pub digest: Option<Digest>,
}

/// Why a text can't be a reference.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidReference {
    /// The host part.
    #[error("{0:?} is no registry host")]
    Registry(String),
    /// The repository's name.
    #[error(
        "{0:?} is no repository name (lower-case letters, digits, single separators . _ - and /)"
    )]
    Name(String),
    /// Capital letters in the repository's name.
    #[error("{0:?} has capital letters: repository names are lower case")]
    UpperCase(String),
    /// Too many characters.
    #[error("registry and repository name are longer than 255 characters")]
    TooLong,
    /// The tag.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    /// The digest.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let (text, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        let name_start = text.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match text[name_start..].find(':') {
            Some(colon) => (
                &text[..name_start + colon],
                Some(text[name_start + colon + 1..].parse()?),
            ),
            None => (text, None),
        };
        Ok(Self {
            repository: name.parse()?,
            tag,
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_repository_tag_and_digest() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, shown) in [
            ("alpine".to_owned(), "docker.io/library/alpine".to_owned()),
            ("localhost:5000/a".to_owned(), "localhost:5000/a".to_owned()),
            (
                "localhost:5000/a:v1".to_owned(),
                "localhost:5000/a:v1".to_owned(),
            ),
            (
                format!("ghcr.io/a/b@{digest}"),
                format!("ghcr.io/a/b@{digest}"),
            ),
            (
                format!("ghcr.io/a/b:v1@{digest}"),
                format!("ghcr.io/a/b:v1@{digest}"),
            ),
            (
                "test.com:5000".to_owned(),
                "docker.io/library/test.com:5000".to_owned(),
            ),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn says_which_part_is_wrong() {
        let error = |text: &str| text.parse::<Reference>().unwrap_err();
        assert_eq!(
            error("ghcr.io/a/b:"),
            InvalidReference::Tag(InvalidTag::Empty)
        );
        assert!(matches!(
            error("ghcr.io/a/b@sha256:00"),
            InvalidReference::Digest(_)
        ));
        assert!(matches!(
            error("ghcr.io/A/b"),
            InvalidReference::UpperCase(_)
        ));
        assert!(matches!(
            error("https://ghcr.io/a"),
            InvalidReference::Name(_) | InvalidReference::Tag(_) | InvalidReference::Registry(_)
        ));
    }
}
