use std::fmt;

use thiserror::Error;

use super::list::Item;
use super::template::Failure;
use crate::oci::InvalidTag;

/// Bad input: which one, where in it, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// The input's name, as in action.yml.
    pub input: &'static str,
    /// The line in it, from 1; `None` where it is about the whole.
    pub line: Option<usize>,
    /// That line's text.
    pub text: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What can be wrong with an input.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// The list's syntax.
    #[error("{0}")]
    Syntax(String),
    /// A line of spaces.
    #[error("there is nothing but white space on this line")]
    Blank,
    /// A type, attribute or expression nobody defined.
    #[error("unknown {what} {found:?}{}", suggestion(*.nearest))]
    Unknown {
        /// `type`, `attribute`, …
        what: &'static str,
        /// What was written.
        found: String,
        /// The legal word that looks most like it.
        nearest: Option<&'static str>,
    },
    /// An attribute without which a type means nothing.
    #[error("{attribute}= is missing: type={kind} needs it")]
    Missing {
        /// The type.
        kind: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// A value outside a closed set.
    #[error("{attribute} is {found:?}, it can only be {allowed}")]
    Value {
        /// The attribute.
        attribute: &'static str,
        /// What was written, or what the expression gave.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A template that can't be read or rendered.
    #[error("{template:?} can't be rendered: {why}")]
    Template {
        /// The template.
        template: String,
        /// Why not.
        why: String,
    },
    /// A regular expression that can't be read, or that took none of what is needed.
    #[error("{pattern:?} is not usable: {why}")]
    Pattern {
        /// The regular expression.
        pattern: String,
        /// Why not.
        why: String,
    },
    /// A final tag that no registry takes.
    #[error("it makes the tag {tag:?}, which no registry takes: {why}")]
    Tag {
        /// The tag.
        tag: String,
        /// Why not.
        why: InvalidTag,
    },
    /// A variable that holds something else than a number.
    #[error("{name} is {value:?}, which is not a number")]
    Number {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!(", did you mean {nearest:?}?")
    })
}

impl Error {
    pub(super) fn at(input: &'static str, item: &Item, reason: Reason) -> Self {
        Self {
            input,
            line: Some(item.line),
            text: item.text.clone(),
            reason,
        }
    }
}

impl Reason {
    pub(super) fn template(template: &str, why: Failure) -> Self {
        Self::Template {
            template: template.into(),
            why: why.0,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "input `{}`", self.input)?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line} ({:?})", self.text)?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}
