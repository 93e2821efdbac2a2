//! Python versions, as `@renovate/pep440` reads and prints them.

use pep440_rs::{LocalSegment, PrereleaseKind};

use crate::tags::js;

/// A valid version, with the text it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Pep440 {
    pub(crate) raw: String,
    pub(crate) version: pep440_rs::Version,
    /// What the highest numbers of the version stand for.
    large: Vec<f64>,
}

impl Pep440 {
    /// Reads a version; unlike Python, without white space around it.
    pub(crate) fn parse(raw: &str) -> Option<Self> {
        if raw.starts_with(char::is_whitespace) || raw.ends_with(char::is_whitespace) {
            return None;
        }
        let (text, large) = without_large(raw);
        let version = text.parse().ok()?;
        Some(Self {
            raw: raw.into(),
            version,
            large,
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
            large: self.large.clone(),
        }
    }

    /// The canonical text; the parts of a local version are joined by commas, as there.
    pub(crate) fn text(&self) -> String {
        let version = &self.version;
        let mut text = String::new();
        if version.epoch() != 0 {
            text += &self.number(version.epoch());
            text.push('!');
        }
        let release: Vec<String> = version
            .release()
            .iter()
            .map(|part| self.number(*part))
            .collect();
        text += &release.join(".");
        if let Some(pre) = version.pre() {
            let kind = match pre.kind {
                PrereleaseKind::Alpha => "a",
                PrereleaseKind::Beta => "b",
                PrereleaseKind::Rc => "rc",
            };
            text += kind;
            text += &self.number(pre.number);
        }
        for (name, part) in [("post", version.post()), ("dev", version.dev())] {
            text += &part.map_or_else(String::new, |part| format!(".{name}{}", self.number(part)));
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
            .map_or(0.0, |part| self.double(*part))
    }

    fn number(&self, number: u64) -> String {
        js::number_to_text(self.double(number))
    }

    fn double(&self, number: u64) -> f64 {
        let stands_for = usize::try_from(u64::MAX - number).ok();
        let large = stands_for.and_then(|at| self.large.get(at));
        large.copied().unwrap_or_else(|| double(number))
    }
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript loses it as well")]
fn double(number: u64) -> f64 {
    number as f64
}

/// A date with microseconds is too large a number for `pep440_rs`. The highest numbers it takes stand in for such ones.
fn without_large(raw: &str) -> (String, Vec<f64>) {
    let (public, local) = raw.split_at(raw.find('+').unwrap_or(raw.len()));
    let mut large = Vec::new();
    let mut text = String::new();
    let is_digit = |c: char| c.is_ascii_digit();
    let mut rest = public;
    while let Some(start) = rest.find(is_digit) {
        let digits = &rest[start..];
        let digits = &digits[..digits.find(|c| !is_digit(c)).unwrap_or(digits.len())];
        text += &rest[..start];
        match (digits.parse::<u64>(), digits.parse()) {
            (Err(_), Ok(number)) => {
                text += &(u64::MAX - large.len() as u64).to_string();
                large.push(number);
            }
            _ => text += digits,
        }
        rest = &rest[start + digits.len()..];
    }
    (text + rest + local, large)
}

fn local(segment: &LocalSegment) -> String {
    match segment {
        LocalSegment::Number(value) => js::number_to_text(double(*value)),
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
            ("1.0.dev20241231235959123456", "1.0.dev20241231235959124000"),
            (
                "99999999999999999999.18446744073709551616",
                "100000000000000000000.18446744073709552000",
            ),
            ("1.0+a99999999999999999999", "1.0+a99999999999999999999"),
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
