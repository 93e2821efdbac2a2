use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;

/// Who a request said it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// There was no `Authorization` header.
    None,
    /// A user name, with any password.
    Basic(String),
    /// A token, as it was sent.
    Bearer(String),
    /// Another scheme, or nothing that can be read.
    Unreadable,
}

impl Authorization {
    pub(crate) fn read(header: Option<&HeaderValue>) -> Self {
        let Some(header) = header else {
            return Self::None;
        };
        let text = header.to_str().unwrap_or_default();
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::Bearer(token.to_owned())
            }
            _ => user_and_password(text).map_or(Self::Unreadable, |(user, _)| Self::Basic(user)),
        }
    }
}

/// What a `Basic` header says.
pub(crate) fn user_and_password(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

impl fmt::Display for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("anonymous"),
            Self::Basic(user) => write!(formatter, "basic {user}"),
            Self::Bearer(token) => {
                let shown: String = token.chars().take(12).collect();
                write!(formatter, "bearer {shown}…")
            }
            Self::Unreadable => formatter.write_str("unreadable credentials"),
        }
    }
}

/// What may be done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Read.
    Pull,
    /// Write.
    Push,
    /// Delete.
    Delete,
}

impl Right {
    pub(crate) const ALL: [Self; 3] = [Self::Pull, Self::Push, Self::Delete];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn named(name: &str) -> Vec<Self> {
        match name {
            "*" => Self::ALL.to_vec(),
            name => Self::ALL.into_iter().filter(|r| r.name() == name).collect(),
        }
    }
}

/// Rights on one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) repository: String,
    pub(crate) rights: Vec<Right>,
}

impl Grant {
    pub(crate) fn new(repository: &str, rights: &[Right]) -> Self {
        Self {
            repository: repository.to_owned(),
            rights: rights.to_vec(),
        }
    }

    /// The grant that `repository:NAME:pull,push` asks for.
    pub(crate) fn parse(scope: &str) -> Option<Self> {
        let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
        let rights = actions.split(',').flat_map(Right::named).collect();
        Some(Self {
            repository: name.to_owned(),
            rights,
        })
    }

    pub(crate) fn covers(&self, other: &Self) -> bool {
        let named = self.repository == other.repository || self.repository == "*";
        named && other.rights.iter().all(|right| self.rights.contains(right))
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights: Vec<_> = self.rights.iter().map(|right| right.name()).collect();
        write!(
            formatter,
            "repository:{}:{}",
            self.repository,
            rights.join(",")
        )
    }
}

/// Someone with a password.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
    /// `None`: everything is allowed.
    pub(crate) grants: Option<Vec<Grant>>,
}

/// Everyone a registry knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Users {
    pub(crate) known: Vec<User>,
    pub(crate) anonymous_pull: bool,
}

impl Users {
    pub(crate) fn get_or_add(&mut self, name: &str) -> &mut User {
        let known = self.known.iter().position(|user| user.name == name);
        let place = known.unwrap_or_else(|| {
            self.known.push(User {
                name: name.to_owned(),
                password: String::new(),
                grants: None,
            });
            self.known.len() - 1
        });
        &mut self.known[place]
    }

    pub(crate) fn knows(&self, name: &str, password: &str) -> bool {
        let mut known = self.known.iter();
        known.any(|user| user.name == name && user.password == password)
    }

    /// Whether this user, or anyone for `None`, may do all of `wanted`.
    pub(crate) fn allow(&self, name: Option<&str>, wanted: &Grant) -> bool {
        let public = Grant::new("*", &[Right::Pull]);
        if self.anonymous_pull && public.covers(wanted) {
            return true;
        }
        let Some(user) = self.known.iter().find(|user| Some(&*user.name) == name) else {
            return false;
        };
        match &user.grants {
            None => true,
            Some(grants) => grants.iter().any(|grant| grant.covers(wanted)),
        }
    }
}
