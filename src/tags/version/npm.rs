//! Semantic versions, as npm's `semver.valid` takes them: a leading `v` and white space around are fine, `=` and gaps are not.

use std::rc::Rc;

use crate::tags::js;
use crate::tags::template::{Object, Value};

/// npm refuses longer texts.
const LONGEST: usize = 256;
/// JavaScript's largest exact integer.
const LARGEST: u64 = 9_007_199_254_740_991;

/// A valid version, with the text it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Npm {
    raw: String,
    pub(crate) version: semver::Version,
}

impl Npm {
    /// Reads a version.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        if raw.encode_utf16().count() > LONGEST {
            return None;
        }
        let text = js::trim(raw);
        let version = semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
        let numbers = [version.major, version.minor, version.patch];
        numbers
            .iter()
            .all(|number| *number <= LARGEST)
            .then(|| Self {
                raw: raw.into(),
                version,
            })
    }

    /// Whether there is anything after a hyphen.
    pub(crate) fn is_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }

    /// Another version that shares as much as it can with this one.
    pub(crate) fn next(&self) -> Self {
        let mut version = self.version.clone();
        version.patch = version.patch.saturating_add(1);
        Self {
            raw: version.to_string(),
            version,
        }
    }

    /// The version without `v` and build metadata.
    pub(crate) fn text(&self) -> String {
        let plain = semver::Version {
            build: semver::BuildMetadata::EMPTY,
            ..self.version.clone()
        };
        plain.to_string()
    }

    /// What a pattern's expressions find: the fields of npm's `SemVer`.
    pub(crate) fn fields(&self) -> Object {
        let version = &self.version;
        let options = Object {
            fields: vec![("loose", Value::Bool(true))],
            text: "[object Object]".into(),
        };
        Object {
            fields: vec![
                ("options", Value::Object(Rc::new(options))),
                ("loose", Value::Bool(true)),
                ("includePrerelease", Value::Bool(false)),
                ("raw", self.raw.as_str().into()),
                ("major", number(version.major)),
                ("minor", number(version.minor)),
                ("patch", number(version.patch)),
                ("prerelease", identifiers(&version.pre, prerelease_part)),
                ("build", identifiers(&version.build, |part| part.into())),
                ("version", self.text().into()),
            ],
            text: self.text(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no number here exceeds what a double holds exactly"
)]
fn number(number: u64) -> Value {
    Value::Number(number as f64)
}

fn identifiers(text: &str, read: impl Fn(&str) -> Value) -> Value {
    Value::list(text.split('.').filter(|part| !part.is_empty()).map(read))
}

/// A numeric identifier is a number, unless it is too large for an exact one.
fn prerelease_part(part: &str) -> Value {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    let value = part.parse().ok().filter(|value| digits && *value < LARGEST);
    value.map_or_else(|| part.into(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_npm_takes() {
        for (raw, expected) in [
            ("1.2.3", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            (" v1.2.3\t", "1.2.3"),
            ("1.2.3-rc.1", "1.2.3-rc.1"),
            ("1.2.3+build.5", "1.2.3"),
            ("1.2.3-a+b", "1.2.3-a"),
            ("1.2.3--1", "1.2.3--1"),
            ("1.2.3-0a", "1.2.3-0a"),
            ("9007199254740991.0.0", "9007199254740991.0.0"),
            ("1.2.3-99999999999999999999", "1.2.3-99999999999999999999"),
        ] {
            assert_eq!(Npm::parse(raw).unwrap().text(), expected, "{raw}");
        }
    }

    #[test]
    fn refuses_what_npm_refuses() {
        let long = format!("1.2.3-{}", "a".repeat(251));
        for raw in [
            "",
            "v",
            "1",
            "1.2",
            "v1.2",
            "=1.2.3",
            "V1.2.3",
            "vv1.2.3",
            "v 1.2.3",
            "01.2.3",
            "1.2.03",
            "1.2.3-01",
            "1.2.3-",
            "1.2.3+",
            "1.2.3rc1",
            "1.2.3.4",
            "1.2.x",
            "9007199254740992.0.0",
            "release-1.2.3",
            "1.2.3-a..b",
            "1.2.3-é",
            &long,
        ] {
            assert!(Npm::parse(raw).is_none(), "{raw}");
        }
    }
}
