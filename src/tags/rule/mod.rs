//! The rules: one file a type.

mod attributes;
mod edge;
mod matching;
mod pep440;
mod raw;
mod reference;
mod schedule;
mod semver;
mod sha;

use self::attributes::Attributes;
use super::error::{Error, Reason};
use super::evaluation::{Evaluation, Found};
use super::list::{self, Item};
use super::suggest;
use super::words::{self, Place};

/// A rule: what it makes, when, and how it is dressed.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) item: Item,
    pub(super) kind: Kind,
    /// A template that gives `true` or `false`.
    pub(super) enable: String,
    /// `NaN` where it is no number: then it is neither before nor after any other.
    pub(super) priority: f64,
    pub(super) prefix: Option<String>,
    pub(super) suffix: Option<String>,
}

/// The types a rule can have.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Schedule(schedule::Schedule),
    Semver(semver::Semver),
    Pep440(pep440::Pep440),
    Match(matching::Match),
    Edge(edge::Edge),
    Ref(reference::Ref),
    Raw(raw::Raw),
    Sha(sha::Sha),
}

const INPUT: &str = "tags";
const TYPES: [&str; 8] = [
    "schedule", "semver", "pep440", "match", "edge", "ref", "raw", "sha",
];

impl Kind {
    /// Where a rule reads a version: its value, or where that is empty the git tag.
    pub(super) fn version_value(&self) -> Option<&str> {
        match self {
            Self::Semver(rule) => Some(&rule.value),
            Self::Pep440(rule) => Some(&rule.value),
            Self::Match(rule) => Some(&rule.value),
            Self::Ref(rule) => rule.is_tag().then_some(""),
            Self::Schedule(_) | Self::Edge(_) | Self::Raw(_) | Self::Sha(_) => None,
        }
    }

    /// Whether it names the pull request.
    pub(super) fn is_pull_request(&self) -> bool {
        matches!(self, Self::Ref(rule) if rule.is_pull_request())
    }
}

impl Rule {
    /// Reads one entry of the input `tags`.
    pub(super) fn parse(item: &Item) -> Result<Self, Error> {
        let fields = list::fields(INPUT, item)?;
        let read = Attributes::read(&fields).and_then(|attributes| Self::read(item, attributes));
        read.map_err(|reason| Error::at(INPUT, item, reason))
    }

    fn read(item: &Item, mut attributes: Attributes) -> Result<Self, Reason> {
        let (kind, priority) = match attributes.kind.as_deref().unwrap_or("raw") {
            "schedule" => (
                Kind::Schedule(schedule::Schedule::read(&attributes)?),
                1000.0,
            ),
            "semver" => (Kind::Semver(semver::Semver::read(&attributes)?), 900.0),
            "pep440" => (Kind::Pep440(pep440::Pep440::read(&attributes)?), 900.0),
            "match" => (Kind::Match(matching::Match::read(&attributes)?), 800.0),
            "edge" => (Kind::Edge(edge::Edge::read(&attributes)), 700.0),
            "ref" => (Kind::Ref(reference::Ref::read(&mut attributes)?), 600.0),
            "raw" => (Kind::Raw(raw::Raw::read(&attributes)?), 200.0),
            "sha" => (Kind::Sha(sha::Sha::read(&mut attributes)?), 100.0),
            unknown => {
                return Err(Reason::Unknown {
                    what: "type",
                    found: unknown.into(),
                    nearest: suggest::nearest(unknown, &TYPES),
                });
            }
        };
        for name in ["enable", "prefix", "suffix"] {
            words::check(attributes.get(name).unwrap_or_default(), Place::Anywhere)?;
        }
        Ok(Self {
            item: item.clone(),
            kind,
            enable: attributes.get("enable").unwrap_or("true").into(),
            priority: attributes
                .get("priority")
                .map_or(priority, |text| super::js::number(text).unwrap_or(f64::NAN)),
            prefix: attributes.get("prefix").map(str::to_owned),
            suffix: attributes.get("suffix").map(str::to_owned),
        })
    }

    /// What it makes in this run, undressed; `None` where it has nothing to say.
    pub(super) fn find(&self, run: &Evaluation<'_>) -> Result<Option<Found>, Reason> {
        match &self.kind {
            Kind::Schedule(rule) => rule.find(run),
            Kind::Semver(rule) => rule.find(run),
            Kind::Pep440(rule) => rule.find(run),
            Kind::Match(rule) => rule.find(run),
            Kind::Edge(rule) => Ok(rule.find(run)),
            Kind::Ref(rule) => Ok(rule.find(run)),
            Kind::Raw(rule) => rule.find(run),
            Kind::Sha(rule) => rule.find(run),
        }
    }
}
