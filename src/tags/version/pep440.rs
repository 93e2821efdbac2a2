//! Python versions, as `@renovate/pep440` reads and prints them.

use pep440_rs::{LocalSegment, PrereleaseKind};

use crate::tags::js;

/// A valid version, with the text it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Pep440 {
    pub(crate) raw: String,
    pub(crate) version: pep440_rs::Version,
}

impl Pep440 {
    /// Reads a version; unlike Python, without white space around it.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        if raw.starts_with(char::is_whitespace) || raw.ends_with(char::is_whitespace) {
            return None;
        }
        let version = raw.parse().ok()?;
        Some(Self {
            raw: raw.into(),
            version,
        })
    }

    /// Whether it is a pre-, post- or development release.
    pub(crate) fn is_special(&self) -> bool {
        self.version.any_prerelease() || self.version.is_post()
    }

    /// Another version that shares as much as it can with this one.
    pub(crate) fn next(&self) -> Self {
        let mut release = self.version.release().to_vec();
        release.resize(release.len().max(3), 0);
        if let Some(last) = release.last_mut() {
            *last = last.saturating_add(1);
        }
        let version = self.version.clone().with_release(release);
        Self {
            raw: version.to_string(),
            version,
        }
    }

    /// The canonical text; the parts of a local version are joined by commas, as there.
    pub(crate) fn text(&self) -> String {
        let version = &self.version;
        let mut text = String::new();
        if version.epoch() != 0 {
            text += &number(version.epoch());
            text.push('!');
        }
        let release: Vec<String> = version.release().iter().map(|part| number(*part)).collect();
        text += &release.join(".");
        if let Some(pre) = version.pre() {
            let kind = match pre.kind {
                PrereleaseKind::Alpha => "a",
                PrereleaseKind::Beta => "b",
                PrereleaseKind::Rc => "rc",
            };
            text += kind;
            text += &number(pre.number);
        }
        for (name, part) in [("post", version.post()), ("dev", version.dev())] {
            text += &part.map_or_else(String::new, |part| format!(".{name}{}", number(part)));
        }
        if !version.local().is_empty() {
            let local: Vec<String> = version.local().iter().map(local).collect();
            text.push('+');
            text += &local.join(",");
        }
        text
    }

    /// One of the release's numbers, zero where it has fewer.
    pub(crate) fn part(&self, at: usize) -> f64 {
        self.version
            .release()
            .get(at)
            .map_or(0.0, |part| double(*part))
    }
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript loses it as well")]
fn double(number: u64) -> f64 {
    number as f64
}

fn number(number: u64) -> String {
    js::number_to_text(double(number))
}

fn local(segment: &LocalSegment) -> String {
    match segment {
        LocalSegment::Number(value) => number(*value),
        LocalSegment::String(text) => {
            js::number(text).map_or_else(|| text.clone(), js::number_to_text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_canonical_text() {
        for (raw, expected) in [
            ("1.2.3", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            ("1.2", "1.2"),
            ("1.2.3rc2", "1.2.3rc2"),
            ("1.2.3.alpha-4", "1.2.3a4"),
            ("1.2.3beta", "1.2.3b0"),
            ("1.2.3-preview1", "1.2.3rc1"),
            ("1.2.3post1", "1.2.3.post1"),
            ("1.2.3-1", "1.2.3.post1"),
            ("1.2.3.rev5", "1.2.3.post5"),
            ("1.0dev4", "1.0.dev4"),
            ("2!1.0", "2!1.0"),
            ("2020.01.10", "2020.1.10"),
            ("1.0+Ubuntu.1", "1.0+ubuntu,1"),
            ("1.0a1.post2.dev3+l-1", "1.0a1.post2.dev3+l,1"),
        ] {
            assert_eq!(Pep440::parse(raw).unwrap().text(), expected, "{raw}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for raw in [
            "", "v", " 1.0", "1.0 ", "1.0-", "1..0", "abc", "1.0+", "1.0-foo", "1.0.*", "main",
        ] {
            assert!(Pep440::parse(raw).is_none(), "{raw}");
        }
    }
}
