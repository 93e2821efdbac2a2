//! Versions, as the tools that tag releases read them.

mod npm;
mod pep440;

use std::cmp::Ordering;

pub(super) use npm::Npm;
pub(super) use pep440::Pep440;

/// A version that was read from a tag, for comparing it with another of its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// By Semantic Versioning.
    Semver(semver::Version),
    /// By PEP 440.
    Pep440(pep440_rs::Version),
}

impl Version {
    /// Whether it is neither a pre-release nor a post- or development release.
    pub fn is_stable(&self) -> bool {
        match self {
            Self::Semver(version) => version.pre.is_empty(),
            Self::Pep440(version) => version.is_stable() && !version.is_post(),
        }
    }
}

impl PartialOrd for Version {
    /// By precedence; versions of two kinds have none.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Semver(a), Self::Semver(b)) => match a.cmp_precedence(b) {
                // Build metadata has no precedence, yet two versions that differ in it are not equal.
                Ordering::Equal if a != b => None,
                ordering => Some(ordering),
            },
            (Self::Pep440(a), Self::Pep440(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Semver(version) => version.fmt(formatter),
            Self::Pep440(version) => version.fmt(formatter),
        }
    }
}
