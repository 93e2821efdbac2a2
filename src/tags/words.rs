//! Looks for misspelled expressions before anything is rendered.

use super::error::Reason;
use super::suggest;
use super::template::{HELPERS, Template};

/// What a template may say, for each place it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Values, prefixes, suffixes, conditions, labels, annotations.
    Anywhere,
    /// A schedule's pattern.
    Schedule,
    /// A version's pattern.
    Semver,
    /// A Python version's pattern.
    Pep440,
}

const GLOBAL: &[&str] = &[
    "branch",
    "tag",
    "sha",
    "base_ref",
    "is_default_branch",
    "is_not_default_branch",
    "date",
    "commit_date",
];
const SEMVER: &[&str] = &[
    "raw",
    "version",
    "major",
    "minor",
    "patch",
    "prerelease",
    "build",
    "options",
    "loose",
    "includePrerelease",
];
const PEP440: &[&str] = &["raw", "version", "major", "minor", "patch"];
const SCHEDULE: &[&str] = &["date", "commit_date"];

impl Place {
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Anywhere => GLOBAL,
            Self::Schedule => SCHEDULE,
            Self::Semver => SEMVER,
            Self::Pep440 => PEP440,
        }
    }
}

/// Refuses words that no place knows. A word that only another place knows is empty here, as in docker/metadata-action, and a
/// template that can't be read is refused when it is rendered, if it ever is.
pub(super) fn check(template: &str, place: Place) -> Result<(), Reason> {
    if !template.contains("{{") {
        return Ok(());
    }
    let Ok(parsed) = Template::parse(template) else {
        return Ok(());
    };
    let known = |word: &&str| GLOBAL.contains(word) || SEMVER.contains(word);
    match parsed.words().into_iter().find(|word| !known(word)) {
        None => Ok(()),
        Some(word) => Err(Reason::Unknown {
            what: "expression",
            found: word.into(),
            nearest: suggest::nearest(word, &[place.words(), &HELPERS].concat()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_word_that_was_meant() {
        for (template, place, nearest) in [
            ("{{brnach}}", Place::Anywhere, Some("branch")),
            ("x-{{sah}}", Place::Anywhere, Some("sha")),
            (
                "{{#if is_default}}true{{/if}}",
                Place::Anywhere,
                Some("is_default_branch"),
            ),
            ("{{vesion}}", Place::Semver, Some("version")),
            ("{{Major}}", Place::Pep440, Some("major")),
            (
                "{{commitdate 'YYYY'}}",
                Place::Schedule,
                Some("commit_date"),
            ),
            ("{{foo}}", Place::Anywhere, None),
        ] {
            let Err(Reason::Unknown { nearest: found, .. }) = check(template, place) else {
                panic!("{template} passes");
            };
            assert_eq!(found, nearest, "{template}");
        }
        for template in [
            "plain",
            "{{branch}}",
            "{{",
            "{{#each prerelease}}{{foo}}{{/each}}",
            "{{@root.branch}}",
            "{{major}}",
        ] {
            assert_eq!(check(template, Place::Anywhere), Ok(()), "{template}");
        }
    }
}
