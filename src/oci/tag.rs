use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A tag of at most 128 characters, as the distribution specification allows them.
/// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Box<str>);

/// Why a text can't be a tag.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidTag {
    /// No character at all.
    #[error("a tag can't be empty")]
    Empty,
    /// More than 128 characters.
    #[error("a tag has at most 128 characters, this one {0}")]
    TooLong(usize),
    /// A first character that is neither a letter, nor a digit, nor an underscore.
    #[error("a tag can't start with {0:?}")]
    Start(char),
    /// A character that no tag may hold.
    #[error("a tag can't hold {0:?}")]
    Character(char),
}

impl Tag {
    /// The tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let first = text.chars().next().ok_or(InvalidTag::Empty)?;
        if let Some(bad) = text.chars().find(|&c| !word(c) && c != '.' && c != '-') {
            return Err(InvalidTag::Character(bad));
        }
        if !word(first) {
            return Err(InvalidTag::Start(first));
        }
        if text.len() > 128 {
            return Err(InvalidTag::TooLong(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_grammar_of_the_specification() {
        for good in ["v1.2.3", "_", "0", "main-abc1234", &"a".repeat(128)] {
            assert_eq!(good.parse::<Tag>().unwrap().as_str(), good);
        }
        assert_eq!("".parse::<Tag>(), Err(InvalidTag::Empty));
        assert_eq!(".x".parse::<Tag>(), Err(InvalidTag::Start('.')));
        assert_eq!("-x".parse::<Tag>(), Err(InvalidTag::Start('-')));
        assert_eq!("a b".parse::<Tag>(), Err(InvalidTag::Character(' ')));
        assert_eq!("é".parse::<Tag>(), Err(InvalidTag::Character('é')));
        assert_eq!(
            "a".repeat(129).parse::<Tag>(),
            Err(InvalidTag::TooLong(129))
        );
    }
}
