use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::Error;

/// A repository at GitHub: its owner and its name, as written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The person or organisation.
    pub owner: String,
    /// The name after the slash.
    pub name: String,
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once('/') {
            Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(Self {
                    owner: owner.into(),
                    name: name.into(),
                })
            }
            _ => Err(Error::Repository(text.into())),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.owner, self.name)
    }
}

/// What GitHub knows of a repository; each field is absent where nobody said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The name, without its owner.
    pub name: Option<String>,
    /// The one-line description.
    pub description: Option<String>,
    /// The page in a browser.
    pub html_url: Option<String>,
    /// The licence's SPDX identifier.
    pub license: Option<String>,
    /// The branch that pull requests go to by default.
    pub default_branch: Option<String>,
}

impl Details {
    /// Reads the `repository` object of an event or of the API.
    pub fn of(repository: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            name: text(&repository["name"]),
            description: text(&repository["description"]),
            html_url: text(&repository["html_url"]),
            license: text(&repository["license"]["spdx_id"]),
            default_branch: text(&repository["default_branch"]),
        }
    }

    /// Fills what is absent here from there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            description: self.description.or(other.description),
            html_url: self.html_url.or(other.html_url),
            license: self.license.or(other.license),
            default_branch: self.default_branch.or(other.default_branch),
        }
    }
}
